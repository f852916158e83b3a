//! HTTP answers of each kind.

use worker_runtime::http::{Bytes, Response, StatusCode, header};

/// The page asks nobody but this server for anything, and stands in no frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

fn answer(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

pub(super) fn html(status: StatusCode, page: String) -> Response<Bytes> {
    answer(status, "text/html; charset=utf-8", page.into())
}

pub(super) fn text(status: StatusCode, content_type: &'static str, text: &str) -> Response<Bytes> {
    answer(status, content_type, Bytes::copy_from_slice(text.as_bytes()))
}

pub(super) fn json(status: StatusCode, value: &impl serde::Serialize) -> Response<Bytes> {
    let mut body = serde_json::to_vec(value).expect("names, texts and numbers");
    body.push(b'\n');
    answer(status, "application/json", body.into())
}

/// Sends the browser to another page, which it gets anew.
pub(super) fn see_other(location: &str, cookie: Option<&str>) -> Response<Bytes> {
    let mut response = answer(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
    let value = |text: &str| header::HeaderValue::from_str(text).expect("made of plain ASCII");
    response.headers_mut().insert(header::LOCATION, value(location));
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, value(cookie));
    }
    response
}

/// The same answer with the methods that its path answers to.
pub(super) fn allowing(mut answer: Response<Bytes>, methods: &str) -> Response<Bytes> {
    let methods = header::HeaderValue::from_str(methods).expect("names of methods");
    answer.headers_mut().insert(header::ALLOW, methods);
    answer
}
