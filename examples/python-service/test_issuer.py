"""How the issuer's keys are kept: `ISSUER=http://localhost python3 -m unittest`."""
import json
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from fastapi import HTTPException
from jwt.algorithms import RSAAlgorithm

import issuer
from issuer import COOL_DOWN_S, FRESH_S, MAX_KEY_SET_BYTES, STALE_S, key_of, read_keys
from kept import TIMEOUT_S, Kept

PUBLIC = json.loads(RSAAlgorithm.to_jwk(generate_private_key(65537, 2048).public_key()))


class Issuer(BaseHTTPRequestHandler):
    kids, delay_s, requests = ["a"], 0.0, 0

    def do_GET(self):
        Issuer.requests += 1
        time.sleep(Issuer.delay_s)
        jwks = [{**PUBLIC, "alg": "RS256", "kid": kid} for kid in Issuer.kids]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": jwks}).encode())

    def log_message(self, *_):
        pass


class KeysTest(unittest.TestCase):
    def setUp(self):
        Issuer.kids, Issuer.delay_s, Issuer.requests = ["a"], 0.0, 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        uri = f"http://127.0.0.1:{self.server.server_port}/"
        self.keys = issuer.keys = Kept(uri, read_keys, MAX_KEY_SET_BYTES, COOL_DOWN_S)
        self.known = key_of("a")

    def tearDown(self):
        self.stop()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def grow_old(self, seconds: float):
        self.keys.fetched -= seconds
        self.keys.tried -= seconds

    def assert_unavailable(self, kid: str):
        with self.assertRaises(HTTPException) as caught:
            key_of(kid)
        self.assertEqual(caught.exception.status_code, 503)
        self.assertIn("Retry-After", caught.exception.headers)

    def test_an_unknown_key_is_looked_for_once_a_cool_down(self):
        self.assert_unavailable("b")
        self.assertEqual(Issuer.requests, 1)
        self.grow_old(COOL_DOWN_S)
        self.assertIsNone(key_of("b"))
        self.grow_old(COOL_DOWN_S)
        Issuer.kids = ["a", "b"]
        self.assertEqual(key_of("b")[0], "RS256")

    def test_a_removed_key_is_gone_with_the_next_set(self):
        Issuer.kids = ["b"]
        self.assertIsNotNone(key_of("a"))
        self.grow_old(FRESH_S)
        self.assertIsNone(key_of("a"))

    def test_known_keys_are_used_for_a_day_while_the_issuer_is_down(self):
        self.stop()
        self.grow_old(FRESH_S)
        self.assertEqual(key_of("a"), self.known)
        self.grow_old(STALE_S)
        self.assert_unavailable("a")

    def test_a_set_without_a_usable_key_changes_nothing(self):
        Issuer.kids = [""]
        self.grow_old(FRESH_S)
        self.assertEqual(key_of("a"), self.known)

    def test_a_slow_issuer_delays_one_request_and_no_longer_than_the_time_out(self):
        Issuer.delay_s = 10 * TIMEOUT_S
        self.grow_old(FRESH_S)
        first = threading.Thread(target=key_of, args=["a"])
        began = time.monotonic()
        first.start()
        while Issuer.requests < 2:
            time.sleep(0.01)
        self.assertEqual(key_of("a"), self.known)
        self.assertTrue(first.is_alive())
        first.join()
        self.assertLess(time.monotonic() - began, 2 * TIMEOUT_S)
