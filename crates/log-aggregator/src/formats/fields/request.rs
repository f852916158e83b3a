//! The request line of a line: method, target and protocol.

use crate::formats::entry::Entry;

use super::client;
use super::short_search::find_near;
use super::value::present;

/// Splits a request line whose target is a whole URL, and takes the host from the URL. A load
/// balancer writes `- http://host:80- -` for what was not HTTP.
pub(in crate::formats) fn request_of_url<'a>(line: &'a [u8], entry: &mut Entry<'a>) {
    request(line, entry);
    if line.starts_with(b"- ") && entry.method.is_empty() {
        let host = host_of(line[2..].split(|byte| *byte == b' ').next().unwrap_or_default());
        entry.host = host.and_then(|host| host.strip_suffix(b"-").or(Some(host)));
        entry.target = b"";
    } else {
        entry.host = host_of(entry.target);
    }
    entry.host = entry.host.map(client::host);
}

/// What stands between the scheme and the path of a URL.
pub(in crate::formats) fn host_of(url: &[u8]) -> Option<&[u8]> {
    // A target may also have a URL in its query.
    let scheme = url.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let host = url[scheme..].strip_prefix(b"://")?;
    let end = host.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(host.len());
    (end > 0).then(|| &host[..end])
}

/// Splits a request line. One that is broken is a target without a method.
///
/// Source: RFC 9112, 3. The target may hold blanks, which some servers let pass: the protocol is
/// what follows the last one.
#[inline]
pub(in crate::formats) fn request<'a>(line: &'a [u8], entry: &mut Entry<'a>) {
    // Nearly all have one of these methods and are well formed.
    let method = match line {
        [b'G', b'E', b'T', b' ', ..] => Some(3),
        [b'P', b'O', b'S', b'T', b' ', ..] | [b'H', b'E', b'A', b'D', b' ', ..] => Some(4),
        _ => None,
    };
    if let Some(method) = method
        && let (method, [b' ', rest @ ..]) = line.split_at(method)
        && let Some((target, protocol)) = rest.split_last_chunk::<9>()
        && protocol.starts_with(b" HTTP/")
        && let [.., b'0'..=b'9', b'.', b'0'..=b'9'] = protocol
    {
        (entry.method, entry.target, entry.protocol) = (method, target, &protocol[1..]);
        return;
    }
    unusual_request(line, entry);
}

/// The same for any line.
#[inline(never)]
fn unusual_request<'a>(line: &'a [u8], entry: &mut Entry<'a>) {
    (entry.method, entry.target, entry.protocol) = (b"", present(line).unwrap_or_default(), b"");
    let Some(space) = find_near([b' '], line) else { return };
    let (method, rest) = (&line[..space], &line[space + 1..]);
    if method == b"-" {
        // A load balancer writes `- - -` for what was not HTTP.
        if line.iter().all(|byte| matches!(byte, b'-' | b' ')) {
            entry.target = b"";
        }
        return;
    }
    // The characters of a token, without the rare ones.
    if method.is_empty()
        || !method.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return;
    }
    (entry.method, entry.target) = (method, rest);
    if let Some(space) = memchr::memrchr(b' ', rest)
        && rest[space + 1..].starts_with(b"HTTP/")
    {
        (entry.target, entry.protocol) = (&rest[..space], &rest[space + 1..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> (String, String, String) {
        let mut entry = Entry::default();
        request(line.as_bytes(), &mut entry);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(entry.method), text(entry.target), text(entry.protocol))
    }

    #[test]
    fn request_lines_are_taken_apart_also_when_they_are_broken() {
        for (line, method, target, protocol) in [
            ("GET /a HTTP/1.1", "GET", "/a", "HTTP/1.1"),
            ("GET /with space HTTP/1.1", "GET", "/with space", "HTTP/1.1"),
            ("GET /old", "GET", "/old", ""),
            ("M-SEARCH * HTTP/1.1", "M-SEARCH", "*", "HTTP/1.1"),
            ("-", "", "", ""),
            ("- - - ", "", "", ""),
            ("- http://lb:80- -", "", "- http://lb:80- -", ""),
            ("", "", "", ""),
            ("\x16\x03\x01", "", "\x16\x03\x01", ""),
            ("\x16\x03 x", "", "\x16\x03 x", ""),
        ] {
            assert_eq!(
                split(line),
                (method.to_owned(), target.to_owned(), protocol.to_owned()),
                "{line:?}"
            );
        }
    }
}
