"""`make up`: the whole service on this machine, with demo data, kept running."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from local.deploy import DeploymentFailed
from local.progress import say, step
from local.record import load
from local.seed import content, seed_once
from local.services import ROOT, StartFailed, died_unsaved, last_save, make
from local.stack import FunctionFailed, Stack, start

_PORT = 8787


def main() -> int:
    """Start the local stack or continue with it, bring it up to date and tell how to use it."""
    parser = argparse.ArgumentParser(prog="python -m local.up", description=main.__doc__)
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="where its data lives")
    state = parser.parse_args().state
    try:
        stack = _up(state)
    except (StartFailed, DeploymentFailed, FunctionFailed, TimeoutError) as failure:
        print(f"\n{failure}\n{make('down', state)} stops what runs.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        up, down = make("up", state), make("down", state)
        print(f"\nInterrupted. {up} continues, {down} stops what runs.", file=sys.stderr)
        return 130
    welcome = _welcome(stack, content())
    (stack.state / "welcome.json").write_text(json.dumps(welcome, indent=2) + "\n")
    _show(welcome, state)
    return 0


def _up(state: Path) -> Stack:
    record = load(state)
    if record and record.running:
        say("The stack is running already; bringing it up to date.")
    lost = bool(record and "emulator" not in record.processes and died_unsaved(state))
    stack = start(state, keep=True, front_port=_PORT)
    with step("Deploying the template"):
        action = stack.deploy(front=True).action
    say(f"The deployment is {action}.")
    with step("Loading the demo data"):
        loaded = seed_once(stack)
    if lost:
        _warn(stack.state, last_save(state))
    elif not loaded:
        say("The demo data of last time is still there.")
    return stack


def _warn(state: Path, saved: datetime | None) -> None:
    """The emulator keeps its data only when it ends by itself; the front keeps its own at once."""
    later = f"It has the data of {saved:%Y-%m-%d %H:%M:%S}: what was made later" if saved else None
    say("WARNING: the emulator was killed before it saved its data.")
    say(f"         {later or 'It begins anew: what it had'} is gone.")
    say("         The messages and Stripe's double are newer, and name things that are gone.")
    say(f"         To begin anew: {make('down', state)}, delete {state}, {make('up', state)}.")


def _welcome(stack: Stack, seed: dict[str, Any]) -> dict[str, Any]:
    users = [_user(account) for account in seed["accounts"]]
    return {
        "url": stack.url,
        "api": f"{stack.url}/v1",
        "messages": f"{stack.url}/messages",
        "users": users,
        "try": _suggestions(stack.url, users[0]),
    }


def _suggestions(url: str, user: dict[str, str]) -> list[str]:
    """A purchase by hand: each line can be pasted as is, once TOKEN holds the last answer's."""
    post = "curl -s -H 'content-type: application/json' -H \"authorization: Bearer $TOKEN\""
    credentials = json.dumps({name: user[name] for name in ("user_id", "password")})
    return [
        f"API={url}/v1",
        "curl -s $API/partners/northwind/products",
        f"curl -s -H 'content-type: application/json' $API/session -d '{credentials}'",
        "TOKEN=(the token in the answer)",
        f'{post} $API/session/new-password -d \'{{"password": "a quiet river runs uphill"}}\'',
        "TOKEN=(the token in the answer)",
        f"{post} -H 'idempotency-key: my-first-order' $API/orders -d @local/order.json",
        "open the checkout_url in the answer, press Pay, and look at the messages",
    ]


def _user(account: dict[str, Any]) -> dict[str, str]:
    roles = " and ".join(role.replace("_", " ") for role in account.get("roles", ["holder"]))
    return {
        "user_id": account["user_id"],
        "password": account["temporary_password"],
        "who": f"{account['first_name']} {account['last_name']}, "
        f"{roles} at {account['organization']}",
    }


def _show(welcome: dict[str, Any], state: Path) -> None:
    say(f"\nKeyfob runs at {welcome['url']}")
    say(f"The mails, texts and calls that it sends are at {welcome['messages']}\n")
    say("Who can sign in (these passwords are temporary: the first sign-in asks for a new one)")
    for user in welcome["users"]:
        say(f"  {user['user_id']:<12} {user['password']:<22} {user['who']}")
    say("\nWhat to try")
    for line in welcome["try"]:
        say(f"  {line}")
    say(f"\nStop it with {make('down', state)}; its data stays for the next {make('up', state)}.")


if __name__ == "__main__":
    raise SystemExit(main())
