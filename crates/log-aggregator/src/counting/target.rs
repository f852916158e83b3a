//! What a request target asks for: its path, and whether that is a static file.

use crate::formats::short_search::{find_last, find_short};

/// The path of a target: without its query string and fragment, and without the scheme and host
/// that a proxy's request has.
///
/// Source: RFC 9112, 3.2 (origin-form and absolute-form).
pub fn path(target: &[u8], keep_query: bool) -> &[u8] {
    let target = match target.first() {
        Some(b'/') | None => target,
        Some(_) => without_origin(target),
    };
    let end =
        if keep_query { memchr::memchr(b'#', target) } else { find_short([b'?', b'#'], target) };
    &target[..end.unwrap_or(target.len())]
}

/// A target without its scheme and host, if it has them; `http://host` alone asks for the root.
#[cold]
fn without_origin(target: &[u8]) -> &[u8] {
    match memchr::memmem::find(target, b"://") {
        Some(at) if target[..at].iter().all(u8::is_ascii_alphabetic) && at > 0 => {
            let behind = &target[at + 3..];
            memchr::memchr(b'/', behind).map_or(b"/".as_slice(), |slash| &behind[slash..])
        }
        _ => target,
    }
}

/// The endings of files that a server sends as they are on its disk.
const STATIC: [&str; 30] = [
    "css",
    "js",
    "mjs",
    "map",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "avif",
    "ico",
    "bmp",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "eot",
    "mp4",
    "webm",
    "mp3",
    "ogg",
    "wav",
    "pdf",
    "zip",
    "gz",
    "txt",
    "xml",
    "wasm",
    "webmanifest",
];

/// Length of the longest of them.
const LONGEST: usize = 11;

/// Whether a path (with or without a query) is that of a static file, by its ending.
#[inline]
pub fn is_static(path: &[u8]) -> bool {
    let path = find_short([b'?'], path).map_or(path, |end| &path[..end]);
    const MARKS: [u8; 2] = *b"./";
    // The last eight bytes of most paths decide.
    let near = path.last_chunk::<8>().and_then(|end| Some(path.len() - 8 + find_last(MARKS, end)?));
    let last = near.or_else(|| {
        let from = path.len().saturating_sub(LONGEST + 1);
        Some(from + path[from..].iter().rposition(|byte| MARKS.contains(byte))?)
    });
    last.is_some_and(|at| path[at] == b'.' && is_ending(&path[at + 1..]))
}

fn is_ending(ending: &[u8]) -> bool {
    STATIC.iter().any(|known| ending.eq_ignore_ascii_case(known.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_has_neither_query_nor_host() {
        for (target, without, with) in [
            ("/a?b=c", "/a", "/a?b=c"),
            ("/a#b", "/a", "/a"),
            ("https://example.com:443/x?y=http://z/", "/x", "/x?y=http://z/"),
            ("http://example.com", "/", "/"),
            ("/go?to=http://example.com/", "/go", "/go?to=http://example.com/"),
            ("*", "*", "*"),
            ("", "", ""),
        ] {
            assert_eq!(path(target.as_bytes(), false), without.as_bytes(), "{target}");
            assert_eq!(path(target.as_bytes(), true), with.as_bytes(), "{target}");
        }
    }

    #[test]
    fn static_files_are_told_by_their_ending() {
        for path in
            ["/a.css", "/b/LOGO.PNG", "/x.js?v=3", "/.well-known/a.txt", "/a.webmanifest", "a.js"]
        {
            assert!(is_static(path.as_bytes()), "{path}");
        }
        for path in [
            "/",
            "/a.html",
            "/v1.2/items",
            "/css",
            "/a.",
            "",
            "/x?file=a.css",
            "/a.xwebmanifest",
            "/a.css/b",
        ] {
            assert!(!is_static(path.as_bytes()), "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_path_is_its_own_path(target in "[a/:?#.1]{0,12}", keep_query in any::<bool>()) {
            let once = path(target.as_bytes(), keep_query);
            prop_assert_eq!(path(once, keep_query), once);
        }
    }
}
