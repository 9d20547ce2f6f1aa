# The same in Python, with PyJWT and cryptography. SITE=https://wiki.example.org python3 app.py http://127.0.0.1:3000
import http.server
import os
import sys

import jwt

URL = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000").rstrip("/")
SITE = os.environ.get("SITE", "http://localhost:4000")
KEYS = jwt.PyJWKClient(URL + "/.well-known/assertion-jwks.json", lifespan=300)
REQUIRED = ["exp", "aud", "sub", "user", "groups"]


def verify(assertion):
    """The claims of a good assertion. Raises a jwt.PyJWTError for any other one."""
    header = jwt.get_unverified_header(assertion)
    key = KEYS.get_signing_key_from_jwt(assertion)
    options = {"require": REQUIRED}
    claims = jwt.decode(assertion, key.key, algorithms=["EdDSA"], audience=SITE, leeway=5, options=options)
    if header.get("typ") != "assertion+jwt" or claims.get("token_type") != "assertion":
        raise jwt.InvalidTokenError("The token is no assertion.")
    # A list would be for other sites, too.
    if claims["aud"] != SITE:
        raise jwt.InvalidAudienceError("The assertion is for another site.")
    return claims


class Application(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        assertions = self.headers.get_all("X-Postern-Assertion", [])
        try:
            claims = verify(assertions[0] if len(assertions) == 1 else "")
            groups = ", ".join(claims["groups"]) or "none"
            self.answer(200, f"Hello, {claims['user']}. Your groups: {groups}.")
        except jwt.PyJWTError as error:
            # Postern could not be asked for its keys.
            if isinstance(error.__context__, OSError):
                self.answer(503, "Try again soon.")
            else:
                self.answer(401, "Come through the proxy, and sign in.")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"{text}\n".encode())


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4000"))), Application)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
