"""OpenStack Swift's own S3 front on loopback: s3api checks the signatures, tempauth has the keys.

    /usr/bin/python3 tests/servers/swift_s3.py        (Debian: python3-swift)

Prints the port and serves until its standard input is closed. The store behind it is a dictionary:
only what checks signatures is to be tried. The key is the throw-away pair AKIDEXAMPLE.
"""
import hashlib
import json
import os
import sys
import threading
import time

import eventlet
import eventlet.wsgi
from swift.common.middleware.s3api.s3api import S3ApiMiddleware
from swift.common.middleware.tempauth import TempAuth
from swift.common.swob import Request, Response
from swift.common.wsgi import SwiftHttpProtocol

KEY, SECRET = "AKIDEXAMPLE:tester", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Store:
    """Accounts, containers and objects, as Swift's proxy answers for them."""

    def __init__(self):
        self.containers = {}

    def __call__(self, env, start_response):
        request = Request(env)
        if env.get("swift.authorize"):
            refusal = env["swift.authorize"](request)
            if refusal:
                return refusal(env, start_response)
        return self.answer(request)(env, start_response)

    def answer(self, request):
        _, account, container, name = request.split_path(2, 4, True)
        if container is None:
            return Response(status=204, request=request)
        held = self.containers.get(container)
        if name is None:
            return self.container(request, container, held)
        if held is None:
            return Response(status=404, request=request)
        return self.object(request, held, name)

    def container(self, request, container, held):
        if request.method == "PUT":
            self.containers.setdefault(container, {})
            return Response(status=201, request=request)
        if held is None:
            return Response(status=404, request=request)
        if request.method == "DELETE":
            del self.containers[container]
            return Response(status=204, request=request)
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000000")
        listing = [
            {"name": name, "bytes": len(body), "hash": hashlib.md5(body).hexdigest(),
             "content_type": "x/y", "last_modified": now}
            for name, body in sorted(held.items())
        ]
        headers = {"X-Container-Object-Count": str(len(held)), "X-Container-Bytes-Used": "0"}
        if request.method == "HEAD":
            return Response(status=204, headers=headers, request=request)
        return Response(body=json.dumps(listing), headers=headers, content_type="application/json",
                        request=request)

    def object(self, request, held, name):
        if request.method == "PUT":
            body = request.environ["wsgi.input"].read()
            held[name] = body
            digest = hashlib.md5(body).hexdigest()
            return Response(status=201, headers={"ETag": digest}, request=request)
        if name not in held:
            return Response(status=404, request=request)
        if request.method == "DELETE":
            del held[name]
            return Response(status=204, request=request)
        body = held[name]
        headers = {"ETag": hashlib.md5(body).hexdigest(), "X-Timestamp": "1.0", "Content-Type": "x/y"}
        return Response(body=body, headers=headers, request=request)


class Memory:
    """What Swift keeps in memcached."""

    def __init__(self):
        self.held = {}

    def get(self, key, raise_on_error=False):
        return self.held.get(key)

    def set(self, key, value, **_):
        self.held[key] = value

    def delete(self, key, server_key=None):
        self.held.pop(key, None)


def with_memory(app):
    memory = Memory()

    def wrapped(env, start_response):
        env["swift.cache"] = memory
        return app(env, start_response)

    return wrapped


def main():
    account, user = KEY.split(":")
    auth = TempAuth(Store(), {"user_%s_%s" % (account, user): SECRET + " .admin"})
    front = S3ApiMiddleware(auth, {"location": "us-east-1", "s3_acl": "false"})
    socket = eventlet.listen(("127.0.0.1", 0))
    print(socket.getsockname()[1], flush=True)
    # The test that started it holds the other end.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    quiet = open(os.devnull, "w")
    eventlet.wsgi.server(socket, with_memory(front), log=quiet, protocol=SwiftHttpProtocol, debug=False)


if __name__ == "__main__":
    main()
