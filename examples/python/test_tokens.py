# python3 -m unittest discover python
# Starts a Postern of its own, unless POSTERN_URL says where one is.
import json
import os
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request


class Postern:
    """A `postern serve --fixture`, by its calls."""

    def __init__(self):
        self.process = None
        self.url = os.environ.get("POSTERN_URL")
        if self.url is None:
            command = ["node_modules/.bin/postern", "serve", "--fixture", "--users", "users.json"]
            # A fixture ends when its standard input closes, so that none outlives this process.
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            # One line, once it is ready; the end of the output, if it does not start.
            self.url = json.loads(self.process.stdout.readline())["url"]

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.communicate()

    def call(self, method, path, form=None):
        """Status and body of the reply."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        return self._send(urllib.request.Request(self.url + path, body, method=method))

    def control(self, method, path, values=None):
        """What a control call replies."""
        body = None if values is None else json.dumps(values).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(f"{self.url}/fixture{path}", body, headers, method=method)
        status, text = self._send(request)
        assert status < 300, text
        return text

    @staticmethod
    def _send(request):
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


class TokensTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postern = Postern()
        cls.addClassCleanup(cls.postern.stop)

    def setUp(self):
        self.addCleanup(self.postern.control, "POST", "/reset")

    def check(self, token):
        return self.postern.call("GET", "/check", {"access_token": token})

    def test_a_password_gives_a_token_with_the_claims_of_its_user(self):
        status, token = self.postern.call("GET", "/token", {"user": "bob", "pass": "builder"})
        self.assertEqual(status, 200)
        status, payload = self.check(token)
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(payload)["role"], "admin")

    def test_bad_tokens_are_refused(self):
        for preset in ["expired", "wrong_key", "tampered", "alg_none", "revoked"]:
            with self.subTest(preset):
                token = self.postern.control("POST", "/tokens", {"user": "alice", "preset": preset})
                self.assertEqual(self.check(token)[0], 400)

    def test_a_token_is_good_for_an_hour(self):
        self.postern.control("PUT", "/clock", {"frozen": True})
        token = self.postern.control("POST", "/tokens", {"user": "alice"})
        self.postern.control("PUT", "/clock", {"advance": 3599})
        self.assertEqual(self.check(token)[0], 200)
        self.postern.control("PUT", "/clock", {"advance": 1})
        self.assertEqual(self.check(token)[0], 400)

    def test_a_user_who_is_put_out_of_action_cannot_sign_in(self):
        self.postern.control("PUT", "/users/alice", {"active": False})
        status, _ = self.postern.call("GET", "/token", {"user": "alice", "pass": "wonderland"})
        self.assertEqual(status, 403)


if __name__ == "__main__":
    unittest.main()
