# POSTERN_SECRET=… python3 feed_verifier.py http://127.0.0.1:3000 shop < tokens.txt
# Verifies access tokens offline, and refuses those that the revocation feed names. Needs PyJWT and cryptography.
import base64
import http.client
import json
import os
import random
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt

# Without HMAC: a public key must never be taken for the secret of one.
ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]
FULL_EVERY = 3600


class Stale(Exception):
    """The feed is too old to rely on: the token is neither good nor bad."""


class FeedVerifier:
    def __init__(self, url, client_id, secret, max_stale=5, **expected):
        pair = ":".join(urllib.parse.quote_plus(text) for text in (client_id, secret))
        self.authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        self.url, self.max_stale, self.expected = url.rstrip("/"), max_stale, expected
        self.keys = jwt.PyJWKClient(self.url + "/.well-known/jwks.json", lifespan=300)
        self.ask_for_all()
        threading.Thread(target=self.follow, daemon=True).start()

    def verify(self, token):
        """The claims of a good token. Raises a jwt.PyJWTError for any other one, and Stale."""
        options = {"verify_aud": "audience" in self.expected, "require": ["exp", "uid", "gen", "jti"]}
        key = self.keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key.key, algorithms=ALGORITHMS, options=options, **self.expected)
        if claims.get("token_type") != "access_token" or self.has_ended(claims, key.key_id):
            raise jwt.InvalidTokenError("The token has ended, or is no access token.")
        # The larger of the two clocks: one may stand still, the other may be set.
        if max(now - then for now, then in zip(moment(), self.fresh_at)) > self.max_stale:
            raise Stale()
        return claims

    def has_ended(self, claims, kid):
        users, ended = self.revoked
        if ("jti", claims["jti"]) in ended or ("kid", kid) in ended:
            return True
        entry = users.get(claims["uid"], {})
        if entry.get("except") == claims["jti"]:
            return False
        is_below = entry.get("ended", False) or claims["gen"] < entry.get("gen_below", 0)
        return is_below or ("sid", claims.get("sid")) in ended

    def ask_for_all(self):
        self.full_at, fresh_at = time.monotonic(), moment()
        page = self.ask({}, 5)
        self.revoked = add(page["entries"], ({}, set()))
        self.cursor, self.fresh_at = page["cursor"], fresh_at

    def ask_for_more(self):
        fresh_at, wait = moment(), min(60, self.max_stale * 0.4)
        page = self.ask({"cursor": self.cursor, "wait": f"{wait:.3f}"}, self.max_stale)
        add(page["entries"], self.revoked)
        self.cursor, self.fresh_at = page["cursor"], fresh_at
        # What answers at once and tells nothing must not be asked without a pause.
        if not page["entries"] and time.monotonic() - fresh_at[0] < wait / 2:
            time.sleep(wait / 2)

    def ask(self, question, timeout):
        url = f"{self.url}/revocations?{urllib.parse.urlencode(question)}"
        request = urllib.request.Request(url, headers={"Authorization": self.authorization})
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)

    def follow(self):
        while True:
            try:
                is_old = time.monotonic() - self.full_at > FULL_EVERY
                self.ask_for_all() if self.cursor is None or is_old else self.ask_for_more()
            except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
                # The cursor is of another store (410), or too long for a proxy on the way.
                code = error.code if isinstance(error, urllib.error.HTTPError) else 0
                if 400 <= code < 500 and code not in (401, 403, 429):
                    self.cursor = None
                # Many readers come back, and not all at once.
                time.sleep(random.uniform(0.2, 1))


def add(entries, revoked):
    users, ended = revoked
    for entry in entries:
        if "uid" in entry:
            users[entry["uid"]] = entry
        else:
            ended.update((name, entry[name]) for name in ("sid", "jti", "kid") if name in entry)
    return revoked


def moment():
    return time.monotonic(), time.time()


if __name__ == "__main__":
    verifier = FeedVerifier(sys.argv[1], sys.argv[2], os.environ["POSTERN_SECRET"])
    for line in sys.stdin:
        try:
            print(verifier.verify(line.strip())["user"], flush=True)
        except (jwt.PyJWTError, Stale) as error:
            print(type(error).__name__, flush=True)
