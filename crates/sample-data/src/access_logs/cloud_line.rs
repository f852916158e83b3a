//! The logs of AWS' load balancer and of its content delivery network.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>

use std::io::Write as _;

use super::{
    request::Request,
    text_line::{or_dash, write_uri},
    visitor::write_address,
};
use crate::number::{push_number, push_padded, push_seconds};

/// What stands at the beginning of a CloudFront log.
pub(super) const CLOUDFRONT_HEADER: &[u8] = b"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method \
cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id \
x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type \
cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type \
sc-content-len sc-range-start sc-range-end\n";

/// A quote within a field, and a backslash, as hexadecimal.
pub(super) fn escape_alb(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => write!(out, "\\x{byte:02X}").expect("a Vec takes every write"),
            _ => out.push(byte),
        }
    }
}

/// What CloudFront encodes by percent: control characters, spaces, what is not ASCII, and some
/// signs.
pub(super) fn escape_cloudfront(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            0..=32
            | 127..
            | b'<'
            | b'>'
            | b'"'
            | b'#'
            | b'{'
            | b'}'
            | b'|'
            | b'\\'
            | b'^'
            | b'~'
            | b'['
            | b']'
            | b'`'
            | b'\'' => write!(out, "%{byte:02X}").expect("a Vec takes every write"),
            _ => out.push(byte),
        }
    }
}

/// A time with microseconds, `2024-02-29T13:55:36.789000Z`.
fn write_time(request: &Request, out: &mut Vec<u8>) {
    request.at.write_date(out);
    out.push(b'T');
    request.at.write_time(out);
    out.push(b'.');
    push_padded(request.at.millis() * 1000, 6, out);
    out.push(b'Z');
}

pub(super) fn write_alb(request: &Request, path: &[u8], agent: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"https ");
    write_time(request, out);
    out.extend_from_slice(b" app/shop/50dc6c495c0c9188 ");
    write_address(request.visitor.client, out);
    out.push(b':');
    push_number(request.port.into(), out);
    // What the load balancer answers by itself has no target and no processing time.
    match request.upstream_micros {
        Some(micros) => {
            out.extend_from_slice(b" 10.0.0.66:8080 0.000 ");
            push_seconds(micros, 3, out);
            out.extend_from_slice(b" 0.000 ");
        }
        None => out.extend_from_slice(b" - -1 -1 -1 "),
    }
    push_number(request.status.into(), out);
    out.push(b' ');
    match request.upstream_micros {
        Some(_) => push_number(request.status.into(), out),
        None => out.push(b'-'),
    }
    out.extend_from_slice(b" 512 ");
    push_number(request.bytes, out);
    out.extend_from_slice(b" \"");
    if request.is_http {
        out.extend_from_slice(request.method.as_bytes());
        out.extend_from_slice(b" https://www.example.com:443");
        write_uri(request, path, out);
        out.push(b' ');
        out.extend_from_slice(request.protocol.as_bytes());
    } else {
        out.extend_from_slice(b"- https://www.example.com:443- -");
    }
    out.extend_from_slice(b"\" \"");
    or_dash(agent, out);
    out.extend_from_slice(
        b"\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/\
          73e2d6bc24d8a067 \"Root=1-58337262-36d228ad5d99923122bbe354\" \"www.example.com\" \"session-reused\" 0 ",
    );
    write_time(request, out);
    out.extend_from_slice(b" \"forward\" \"-\" \"-\" \"-\" \"-\" \"-\" \"-\" TID_1234abcd5678ef90");
}

pub(super) fn write_cloudfront(request: &Request, path: &[u8], agent: &[u8], out: &mut Vec<u8>) {
    request.at.write_date(out);
    out.push(b'\t');
    request.at.write_time(out);
    out.extend_from_slice(b"\tFRA56-P1\t");
    push_number(request.bytes, out);
    out.push(b'\t');
    write_address(request.visitor.client, out);
    out.push(b'\t');
    out.extend_from_slice(request.method.as_bytes());
    out.extend_from_slice(b"\td111111abcdef8.cloudfront.net\t");
    out.extend_from_slice(path);
    out.push(b'\t');
    push_number(request.status.into(), out);
    out.push(b'\t');
    match request.referrer {
        "" => out.push(b'-'),
        referrer => escape_cloudfront(referrer.as_bytes(), out),
    }
    out.push(b'\t');
    or_dash(agent, out);
    out.push(b'\t');
    or_dash(request.query.as_bytes(), out);
    out.extend_from_slice(b"\t-\t");
    let result = if request.upstream_micros.is_some() { "Miss" } else { "Hit" };
    let result = if request.status >= 400 { "Error" } else { result };
    out.extend_from_slice(result.as_bytes());
    out.extend_from_slice(b"\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\twww.example.com\thttps\t512\t");
    push_seconds(request.micros, 3, out);
    out.extend_from_slice(b"\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\t");
    out.extend_from_slice(result.as_bytes());
    out.push(b'\t');
    out.extend_from_slice(request.protocol.as_bytes());
    out.extend_from_slice(b"\t-\t-\t");
    push_number(request.port.into(), out);
    out.push(b'\t');
    push_seconds(request.upstream_micros.unwrap_or(request.micros), 3, out);
    out.push(b'\t');
    out.extend_from_slice(result.as_bytes());
    out.extend_from_slice(b"\ttext/html\t-\t-\t-");
}
