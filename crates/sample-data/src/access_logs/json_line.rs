//! JSON lines as nginx, Caddy and Traefik write them.
//!
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>,
//! <https://caddyserver.com/docs/caddyfile/directives/log>,
//! <https://doc.traefik.io/traefik/observe/logs-and-access-logs/>

use super::{
    request::Request,
    text_line::{write_request_line, write_uri},
    visitor::{is_v6, write_address},
};
use crate::number::{push_number, push_padded, push_seconds};

/// As nginx with `escape=json`: quotes, backslashes and control characters; other bytes stay as
/// they are.
pub(super) fn escape_bytes(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if byte == b'"' || byte == b'\\' {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// As the encoders of Go: what is not UTF-8 becomes U+FFFD.
pub(super) fn escape_text(text: &[u8], out: &mut Vec<u8>) {
    escape_bytes(String::from_utf8_lossy(text).as_bytes(), out);
}

fn text(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'"');
    out.extend_from_slice(value);
    out.push(b'"');
}

fn with(name: &str, write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    write(out);
}

/// `2024-02-29T13:55:36`.
fn write_rfc3339(request: &Request, out: &mut Vec<u8>) {
    request.at.write_date(out);
    out.push(b'T');
    request.at.write_time(out);
}

fn write_referrer(request: &Request, out: &mut Vec<u8>) {
    escape_bytes(request.referrer.as_bytes(), out);
}

pub(super) fn write_nginx(request: &Request, path: &[u8], agent: &[u8], out: &mut Vec<u8>) {
    with("{\"time_iso8601\":\"", |out| write_rfc3339(request, out), out);
    with("+00:00\",\"remote_addr\":\"", |out| write_address(request.visitor.client, out), out);
    text("\",\"remote_user\":", request.user.as_bytes(), out);
    out.extend_from_slice(b",\"request\":\"");
    if request.is_http {
        write_request_line(request, path, out);
        text("\",\"request_method\":", request.method.as_bytes(), out);
        with(",\"request_uri\":\"", |out| write_uri(request, path, out), out);
        text("\",\"server_protocol\":", request.protocol.as_bytes(), out);
    } else {
        out.extend_from_slice(
            br#"\u0016\u0003\u0001\u0002","request_method":"","request_uri":"","server_protocol":"""#,
        );
    }
    with(",\"status\":", |out| push_number(request.status.into(), out), out);
    with(",\"body_bytes_sent\":", |out| push_number(request.bytes, out), out);
    with(",\"request_time\":", |out| push_seconds(request.micros, 3, out), out);
    out.extend_from_slice(b",\"upstream_response_time\":\"");
    if let Some(micros) = request.upstream_micros {
        push_seconds(micros, 3, out);
    }
    with("\",\"http_referer\":\"", |out| write_referrer(request, out), out);
    text("\",\"http_user_agent\":", agent, out);
    out.extend_from_slice(b",\"host\":\"www.example.com\"}");
}

pub(super) fn write_caddy(request: &Request, path: &[u8], agent: &[u8], out: &mut Vec<u8>) {
    with(
        "{\"level\":\"info\",\"ts\":",
        |out| push_number(request.at.ms.unsigned_abs() / 1000, out),
        out,
    );
    with(".", |out| push_padded(request.at.millis(), 3, out), out);
    out.extend_from_slice(
        b",\"logger\":\"http.log.access.log0\",\"msg\":\"handled request\",\"request\":{\"remote_ip\":\"",
    );
    write_address(request.visitor.client, out);
    with("\",\"remote_port\":\"", |out| push_number(request.port.into(), out), out);
    with("\",\"client_ip\":\"", |out| write_address(request.visitor.client, out), out);
    text("\",\"proto\":", request.protocol.as_bytes(), out);
    text(",\"method\":", request.method.as_bytes(), out);
    with(",\"host\":\"www.example.com\",\"uri\":\"", |out| write_uri(request, path, out), out);
    out.extend_from_slice(b"\",\"headers\":{\"Accept\":[\"*/*\"]");
    if !agent.is_empty() {
        text(",\"User-Agent\":[", agent, out);
        out.push(b']');
    }
    if !request.referrer.is_empty() {
        with(",\"Referer\":[\"", |out| write_referrer(request, out), out);
        out.extend_from_slice(b"\"]");
    }
    text("}},\"bytes_read\":0,\"user_id\":", request.user.as_bytes(), out);
    with(",\"duration\":", |out| push_seconds(request.micros, 6, out), out);
    with(",\"size\":", |out| push_number(request.bytes, out), out);
    with(",\"status\":", |out| push_number(request.status.into(), out), out);
    out.extend_from_slice(b",\"resp_headers\":{\"Server\":[\"Caddy\"]}}");
}

pub(super) fn write_traefik(request: &Request, path: &[u8], agent: &[u8], out: &mut Vec<u8>) {
    let client = request.visitor.client;
    out.extend_from_slice(b"{\"ClientAddr\":\"");
    if is_v6(client) {
        out.push(b'[');
        write_address(client, out);
        out.push(b']');
    } else {
        write_address(client, out);
    }
    with(":", |out| push_number(request.port.into(), out), out);
    with("\",\"ClientHost\":\"", |out| write_address(client, out), out);
    with("\",\"ClientPort\":\"", |out| push_number(request.port.into(), out), out);
    text(
        "\",\"ClientUsername\":",
        if request.user.is_empty() { b"-" } else { request.user.as_bytes() },
        out,
    );
    with(",\"DownstreamContentSize\":", |out| push_number(request.bytes, out), out);
    with(",\"DownstreamStatus\":", |out| push_number(request.status.into(), out), out);
    // Nanoseconds.
    with(",\"Duration\":", |out| push_number(request.micros * 1000, out), out);
    with(
        ",\"OriginDuration\":",
        |out| push_number(request.upstream_micros.unwrap_or(0) * 1000, out),
        out,
    );
    with(
        ",\"RequestHost\":\"www.example.com\",\"RequestMethod\":\"",
        |out| out.extend_from_slice(request.method.as_bytes()),
        out,
    );
    with("\",\"RequestPath\":\"", |out| write_uri(request, path, out), out);
    text("\",\"RequestProtocol\":", request.protocol.as_bytes(), out);
    out.extend_from_slice(
        b",\"RequestScheme\":\"https\",\"RouterName\":\"shop@docker\",\"StartUTC\":\"",
    );
    write_rfc3339(request, out);
    with(".", |out| push_padded(request.at.millis(), 3, out), out);
    out.extend_from_slice(b"Z\",\"entryPointName\":\"websecure\",\"level\":\"info\",\"msg\":\"\"");
    if !request.referrer.is_empty() {
        with(",\"request_Referer\":\"", |out| write_referrer(request, out), out);
        out.push(b'"');
    }
    if !agent.is_empty() {
        text(",\"request_User-Agent\":", agent, out);
    }
    with(",\"time\":\"", |out| write_rfc3339(request, out), out);
    out.extend_from_slice(b"Z\"}");
}
