"""What the issuer publishes at an address: fetched when it is old, and kept in use while the issuer is down."""
import threading, time, urllib.request

TIMEOUT_S = 1.5


class Kept:
    def __init__(self, uri: str, read, max_bytes: int, cool_down_s: float):
        """`read` makes the value of the bytes; what it raises means that they are not good."""
        self.uri, self.read, self.max_bytes, self.cool_down_s = uri, read, max_bytes, cool_down_s
        self.value, self.lock = None, threading.Lock()
        self.fetched = self.tried = -float("inf")

    def age_s(self) -> float:
        return time.monotonic() - self.fetched

    def refresh(self, wait: bool) -> bool:
        """Whether the value is newer than this call. One thread fetches; who has a value does not wait for it."""
        called = time.monotonic()
        if not self.lock.acquire(timeout=TIMEOUT_S if wait else 0):
            return False
        try:
            if self.fetched >= called:
                return True
            if called - self.tried < (self.cool_down_s if self.value else 1):
                return False
            self.tried = called
            with urllib.request.urlopen(self.uri, timeout=TIMEOUT_S) as answer:
                self.value = self.read(answer.read(self.max_bytes))
            self.fetched = time.monotonic()
            return True
        except Exception:  # Whatever came, or did not, is trouble of the issuer: the value stays.
            return False
        finally:
            self.lock.release()
