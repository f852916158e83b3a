//! The trace that a task belongs to, as its producer has written it into the task. Pure.

use std::borrow::Cow;

use serde::Deserialize;

/// The part of a task that says so: <https://github.com/cloudevents/spec> has the same member.
#[derive(Deserialize)]
struct Traced<'a> {
    #[serde(default, borrow)]
    traceparent: Option<Cow<'a, str>>,
}

/// The member `traceparent` of a task that is a JSON object, if it is one of
/// <https://www.w3.org/TR/trace-context/>: anything else would let the handler begin a trace that
/// nobody finds.
pub(super) fn traceparent(payload: &[u8]) -> Option<String> {
    // Most tasks have none: so nothing is parsed for them.
    memchr::memmem::find(payload, b"\"traceparent\"")?;
    let traced: Traced<'_> = serde_json::from_slice(payload).ok()?;
    traced.traceparent.filter(|parent| is_valid(parent)).map(Cow::into_owned)
}

/// VERSION-TRACE-SPAN-FLAGS in small hexadecimal digits; neither trace nor span is zero. Later
/// versions may have more behind that.
fn is_valid(parent: &str) -> bool {
    let mut parts = parent.split('-');
    let mut part = |length: usize| {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        parts.next().filter(|part| part.len() == length && part.bytes().all(is_hex))
    };
    let (Some(version), Some(trace), Some(span), Some(_)) = (part(2), part(32), part(16), part(2))
    else {
        return false;
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    version != "ff" && !is_zero(trace) && !is_zero(span) && (version != "00" || parent.len() == 55)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn of(member: &str) -> Option<String> {
        traceparent(format!("{{\"id\":1,\"traceparent\":{member}}}").as_bytes())
    }

    #[test]
    fn the_trace_of_a_task_is_its_member_of_that_name() {
        assert_eq!(of(&format!("\"{PARENT}\"")).as_deref(), Some(PARENT));
        let later = format!("\"cc{}-more\"", &PARENT[2..]);
        assert!(of(&later).is_some(), "of a later version");
    }

    #[test]
    fn what_is_no_trace_is_not_passed_on() {
        for member in [
            "null",
            "1",
            "\"\"",
            "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7\"",
            "\"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01\"",
            "\"00-00000000000000000000000000000000-00f067aa0ba902b7-01\"",
            "\"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01\"",
            "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more\"",
            "\"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"",
            "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\\n\"",
        ] {
            assert_eq!(of(member), None, "{member}");
        }
        for task in
            [&b"\"traceparent\""[..], b"[{\"traceparent\":\"x\"}]", b"", b"{\"traceparent\""]
        {
            assert_eq!(traceparent(task), None);
        }
        let inner = format!("{{\"a\":{{\"traceparent\":\"{PARENT}\"}}}}");
        assert_eq!(traceparent(inner.as_bytes()), None, "it is that of another thing");
    }
}
