#!/usr/bin/env bash
# bash shell/tokens.sh
# Starts a Postern for tests, uses it with curl, and ends it. Exits with 0 if all was as it should be.
set -euo pipefail

# The one line that it prints tells that it is ready, and where: {"ready":true,"url":"http://127.0.0.1:…",…}
coproc POSTERN { exec node_modules/.bin/postern serve --fixture --users users.json; }
server=$POSTERN_PID
trap 'kill "$server"' EXIT
read -r ready <&"${POSTERN[0]}"
url=${ready#*'"url":"'}
url=${url%%'"'*}

expect() {
  [ "$2" = "$1" ] || { echo "line ${BASH_LINENO[0]}: expected $1, got $2" >&2; exit 1; }
}
status() {
  curl --silent --output /dev/null --write-out '%{http_code}' "$@"
}
control() {
  curl --silent --fail-with-body --request "$1" --json "${3-}" "$url/fixture$2"
}

# Signing in.
token=$(curl --silent --fail --get "$url/token" --data user=alice --data-urlencode pass=wonderland)
expect 200 "$(status --get "$url/check" --data access_token="$token")"
expect 404 "$(status --get "$url/token" --data user=alice --data pass=wrong)"

# A token expires after an hour; nobody has to wait for it.
control PUT /clock '{ "advance": 3600 }' > /dev/null
expect 400 "$(status --get "$url/check" --data access_token="$token")"

# Tokens that your service must refuse.
forged=$(control POST /tokens '{ "user": "alice", "preset": "wrong_key" }')
expect 400 "$(status --get "$url/check" --data access_token="$forged")"

# A failure, once.
control POST /faults '{ "route": "GET /check", "status": 503 }'
expect 503 "$(status --get "$url/check" --data access_token="$forged")"

# Back to the beginning: the clock, too.
control POST /reset '{}'
expect 200 "$(status --get "$url/check" --data access_token="$token")"
echo passed
