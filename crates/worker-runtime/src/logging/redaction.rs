//! Masks passwords and keys in URLs before they are logged or written anywhere.

use std::borrow::Cow;

const MASK: &str = "***";

/// Parts of a query parameter's name that make its value a secret (S3's presigned URLs among them).
const SECRET_NAMES: [&str; 6] =
    ["password", "passwd", "secret", "token", "signature", "credential"];

/// Replaces the password of every URL in a text by `***`, and the values of query parameters that
/// carry secrets. User names, hosts and paths stay. Every log line and termination message passes
/// through here.
///
/// A password that should have been percent-encoded is still found: with schemes whose paths hold
/// no `@` (all but `http`, `https`, `s3` and `file`) everything up to the last `@` before a blank
/// or a double quote counts as its end.
pub fn redact_url(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        let scheme = before[..at]
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '+')
            .next()
            .unwrap_or("");
        let end = after.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(after.len());
        out.push_str(before);
        redact_tail(scheme, &after[..end], &mut out);
        rest = &after[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The same for a text that is known to be one URL, also where its scheme was forgotten:
/// `user:***@host`. In a sentence that could as well be the digest of an image,
/// `redis:8@sha256:...`.
pub fn redact_one_url(url: &str) -> Cow<'_, str> {
    if url.contains("://") || !url.contains('@') {
        return redact_url(url);
    }
    let mut out = String::with_capacity(url.len());
    redact_tail("", url, &mut out);
    Cow::Owned(out)
}

/// `tail` is what follows `scheme://`, up to the end of the word.
fn redact_tail(scheme: &str, tail: &str, out: &mut String) {
    let rest = match credentials(scheme, tail) {
        Some(at) => {
            let user = tail[..at].split(':').next().unwrap_or("");
            out.push_str(user);
            if user.len() < at {
                out.push(':');
                out.push_str(MASK);
            }
            &tail[at..]
        }
        None => tail,
    };
    let Some(query) = rest.find('?') else { return out.push_str(rest) };
    out.push_str(&rest[..=query]);
    for (i, parameter) in rest[query + 1..].split('&').enumerate() {
        if i > 0 {
            out.push('&');
        }
        match parameter.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                out.push_str(name);
                out.push('=');
                out.push_str(MASK);
            }
            _ => out.push_str(parameter),
        }
    }
}

/// Where the `@` after the credentials stands, if there are any.
fn credentials(scheme: &str, tail: &str) -> Option<usize> {
    if !["http", "https", "s3", "file"].iter().any(|name| scheme.eq_ignore_ascii_case(name)) {
        return tail.rfind('@');
    }
    let authority = &tail[..tail.find(['/', '?', '#']).unwrap_or(tail.len())];
    authority.rfind('@').or_else(|| {
        // `host:8080/a@b` is a path; what is no port must be a password with a raw slash.
        let (_, port) = authority.split_once(':')?;
        if port.bytes().all(|b| b.is_ascii_digit()) { None } else { tail.rfind('@') }
    })
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn the_password_goes_and_the_rest_stays() {
        for (given, expected) in [
            ("redis://user:geheim@host:6379/0", "redis://user:***@host:6379/0"),
            ("rediss://:geheim@host", "rediss://:***@host"),
            ("redis://host:6379", "redis://host:6379"),
            ("redis://user@host", "redis://user@host"),
            ("redis://u:a@b/c#d?e@host/1", "redis://u:***@host/1"),
            ("redis+sentinel://:p@h1:1,:q@h2:2/main", "redis+sentinel://:***@h2:2/main"),
            ("http://u:p@push:9091/a", "http://u:***@push:9091/a"),
            ("http://push:9091/a@b", "http://push:9091/a@b"),
            ("https://u:p/q@push", "https://u:***@push"),
            ("s3://bucket/key@2024", "s3://bucket/key@2024"),
            ("no url here: a@b", "no url here: a@b"),
            (
                "cannot reach redis://:a@h:1 or \"redis://:b@i:2\" (tried twice)",
                "cannot reach redis://:***@h:1 or \"redis://:***@i:2\" (tried twice)",
            ),
            (
                "https://b.s3.amazonaws.com/k?X-Amz-Signature=00ff&partNumber=1&X-Amz-Security-Token=t",
                "https://b.s3.amazonaws.com/k?X-Amz-Signature=***&partNumber=1&X-Amz-Security-Token=***",
            ),
        ] {
            assert_eq!(redact_url(given), expected);
        }
    }

    #[test]
    fn the_password_of_a_url_without_a_scheme_goes_too() {
        for (given, expected) in [
            ("user:geheim@host:9000", "user:***@host:9000"),
            (":geheim@host", ":***@host"),
            ("u:a/b@c@host/x", "u:***@host/x"),
            ("host:9000", "host:9000"),
            ("http://u:p@host", "http://u:***@host"),
        ] {
            assert_eq!(redact_one_url(given), expected);
        }
    }

    proptest! {
        #[test]
        fn no_password_survives_whatever_its_characters(
            scheme in "rediss?", user in "[a-z]{0,4}", password in "[!#-~äöü]{1,20}", before in "[ a-z(]{0,8}",
        ) {
            let text = format!("{before}{scheme}://{user}:{password}@host:6379/0 failed");
            prop_assert_eq!(redact_url(&text), format!("{before}{scheme}://{user}:***@host:6379/0 failed"));
        }

        #[test]
        fn redacting_twice_is_redacting_once(text in ".{0,60}|[a-z:/@?&= ]{0,60}") {
            let once = redact_url(&text).into_owned();
            prop_assert_eq!(redact_url(&once), once.as_str());
        }

        #[test]
        fn a_text_without_urls_is_not_copied(text in "[a-z@:? ]{0,40}") {
            prop_assert!(matches!(redact_url(&text), Cow::Borrowed(same) if same == text));
        }
    }
}
