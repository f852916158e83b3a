//! The common log format and its relatives.
//!
//! <https://httpd.apache.org/docs/2.4/logs.html#accesslog>,
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html>

use super::{request::Request, visitor::write_address};
use crate::number::{push_number, push_seconds};

/// Quotes and backslashes with a backslash before them, as Apache writes them.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if byte == b'"' || byte == b'\\' {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// Appends `10.1.2.3 - - [29/Feb/2024:13:55:36 +0000] "GET / HTTP/1.1" 200 2326`; `-` stands for no
/// bytes.
pub(super) fn write_common(request: &Request, path: &[u8], out: &mut Vec<u8>) {
    write_address(request.visitor.client, out);
    out.extend_from_slice(b" - ");
    or_dash(request.user.as_bytes(), out);
    out.extend_from_slice(b" [");
    request.at.write_clf(out);
    out.extend_from_slice(b"] \"");
    if request.is_http {
        write_request_line(request, path, out);
    } else {
        out.extend_from_slice(br"\x16\x03\x01\x02");
    }
    out.extend_from_slice(b"\" ");
    push_number(request.status.into(), out);
    out.push(b' ');
    match request.bytes {
        0 => out.push(b'-'),
        bytes => push_number(bytes, out),
    }
}

/// Appends the same, the referrer and the user agent.
pub(super) fn write_combined(request: &Request, path: &[u8], agent: &[u8], out: &mut Vec<u8>) {
    write_common(request, path, out);
    out.extend_from_slice(b" \"");
    match request.referrer {
        "" => out.push(b'-'),
        referrer => escape(referrer.as_bytes(), out),
    }
    out.extend_from_slice(b"\" \"");
    or_dash(agent, out);
    out.push(b'"');
}

/// Appends `$request_time` and `$upstream_response_time`.
pub(super) fn write_times(request: &Request, out: &mut Vec<u8>) {
    out.push(b' ');
    push_seconds(request.micros, 3, out);
    out.push(b' ');
    match request.upstream_micros {
        Some(micros) => push_seconds(micros, 3, out),
        None => out.push(b'-'),
    }
}

/// Appends `GET /path?query HTTP/1.1`.
pub(super) fn write_request_line(request: &Request, path: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(request.method.as_bytes());
    out.push(b' ');
    write_uri(request, path, out);
    out.push(b' ');
    out.extend_from_slice(request.protocol.as_bytes());
}

/// Appends `/path?query`.
pub(super) fn write_uri(request: &Request, path: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(path);
    if !request.query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(request.query.as_bytes());
    }
}

/// Appends the text, or `-` where there is none.
pub(super) fn or_dash(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(if text.is_empty() { b"-" } else { text });
}
