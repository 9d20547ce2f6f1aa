import json

import pytest
from conftest import call


@pytest.mark.parametrize("number", range(40))
def test_the_clock_is_this_workers_alone(postern, number):
    token = call(f"{postern}/token", "POST", {"user": "alice", "pass": "wonderland"})
    assert json.loads(call(f"{postern}/check?access_token={token}"))["user"] == "alice"
    call(f"{postern}/fixture/clock", "PUT", {"advance": 86400})


@pytest.mark.parametrize("number", range(40))
def test_a_name_is_free(postern, number):
    call(f"{postern}/user", "POST", {"user": "bob", "pass": "builder"})
    users = json.loads(call(f"{postern}/fixture/users"))["users"]
    assert [user["user"] for user in users] == ["alice", "bob"]
