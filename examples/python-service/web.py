"""What every service does alike: problem documents (RFC 9457), a bound on bodies, health."""
import re
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from issuer import keys

MAX_BODY_BYTES = 64 * 1024


def problem(status: int, detail: str, headers=None, **more) -> JSONResponse:
    title = HTTPStatus(status).phrase
    code = title.lower().replace(" ", "_")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return JSONResponse({**body, **more}, status, headers, "application/problem+json")


def create_app(title: str) -> FastAPI:
    app = FastAPI(title=title, docs_url=None, redoc_url=None)

    @app.get("/healthz", include_in_schema=False)
    def health():
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def ready():
        if not keys.value:
            keys.refresh(wait=True)
        return JSONResponse({"ready": bool(keys.value)}, 200 if keys.value else 503)

    @app.exception_handler(StarletteHTTPException)
    def on_http_error(request: Request, error: StarletteHTTPException):
        headers = dict(getattr(error, "headers", None) or {})
        if error.status_code == 405:
            at_path = [route for route in app.routes if route.path_regex.match(request.url.path)]
            headers["Allow"] = ", ".join(sorted({method for route in at_path for method in route.methods}))
        return problem(error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    def on_bad_input(request: Request, error: RequestValidationError):
        content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip()
        if error.errors()[0]["loc"][0] == "body" and content_type.lower() != "application/json":
            return problem(415, "Send application/json.")
        errors = [
            {"in": e["loc"][0], "field": ".".join(map(str, e["loc"][1:])), "detail": e["msg"]}
            for e in error.errors()
        ]
        return problem(400, f"{errors[0]['field']}: {errors[0]['detail']}", errors=errors[:20])

    @app.middleware("http")
    async def around(request: Request, call_next):
        """Bounds the body before anything reads it; what every answer has."""
        length = request.headers.get("content-length", "0")
        is_bounded = re.fullmatch(r"\d{1,9}", length) and int(length) <= MAX_BODY_BYTES
        if "transfer-encoding" in request.headers or not is_bounded:
            response = problem(413, f"Send a body of at most {MAX_BODY_BYTES} bytes, with its length.")
        else:
            response = await call_next(request)
        response.headers.update({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
        request_id = request.headers.get("x-request-id", "")
        if re.fullmatch(r"[\w-]{1,64}", request_id, re.ASCII):
            response.headers["X-Request-Id"] = request_id
        return response

    return app
