//! The lines between the worker and a `--lines` child: writing tasks and reading answers.
//!
//! Pure: no pipe, no clock. A task is `{"id":"...","attempt":1,"task":"..."}`, an answer
//! `{"id":"...","result":...}`, `{"id":"...","error":"..."}` or `{"id":"...","dead":"..."}`. Every
//! other line is the child's own words.

use std::{borrow::Cow, io::Write as _};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::handlers::{
    outcome::{Outcome, Output},
    text::{bytes_member, string},
};

/// Writes a task as one line. Its payload is a JSON string in `task`, whatever it holds: one that
/// is JSON itself is not embedded, so that no reader rounds its numbers. One that is not UTF-8 is
/// in `task_base64`. `queue` is there for a child that gets tasks of several.
#[must_use]
pub fn task_line(id: &str, attempt: u32, queue: Option<&str>, payload: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(payload.len() + payload.len() / 8 + id.len() + 48);
    line.extend_from_slice(b"{\"id\":");
    string(&mut line, id);
    let _ = write!(line, ",\"attempt\":{attempt}");
    if let Some(queue) = queue {
        line.extend_from_slice(b",\"queue\":");
        string(&mut line, queue);
    }
    bytes_member(&mut line, "task", payload);
    line.extend_from_slice(b"}\n");
    line
}

/// What a line of the child's stdout is.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// An answer; the id may be one that was never given.
    Answer {
        /// The task's id, as it was written where it is no string.
        id: String,
        /// What is answered.
        outcome: Outcome,
    },
    /// Anything else.
    Words,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default, borrow, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "present")]
    error: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "present")]
    dead: Option<&'a RawValue>,
}

/// A member that is present, even if it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a line without its end. A result of more than `max_output` bytes, as it is written, is a
/// failure.
#[must_use]
pub fn read_line(line: &[u8], max_output: usize) -> Said {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    if line.first() != Some(&b'{') {
        return Said::Words;
    }
    let Ok(Line { id: Some(id), result, error, dead }) = serde_json::from_slice(line) else {
        return Said::Words;
    };
    if result.is_none() && error.is_none() && dead.is_none() {
        return Said::Words;
    }
    // {"result":5,"error":null} is how JSON-RPC writes a success.
    let stated = |value: Option<&'_ RawValue>| value.is_some_and(|value| value.get() != "null");
    let outcome = match (stated(result), stated(error), stated(dead)) {
        (_, false, false) => match result {
            Some(result) if result.get().len() > max_output => Outcome::failed(format!(
                "the result has {} bytes, more than --max-output ({max_output})",
                result.get().len()
            )),
            Some(result) => Outcome::Done(Output::Json(result.to_owned())),
            None => Outcome::failed("the handler answered an error that is null and no result"),
        },
        (false, true, false) => Outcome::Failed { error: text("error", error) },
        (false, false, true) => Outcome::Hopeless { reason: "rejected", error: text("dead", dead) },
        _ => Outcome::failed("the handler answered more than one of result, error and dead"),
    };
    let id = match serde_json::from_str::<Cow<'_, str>>(id.get()) {
        Ok(id) => id.into_owned(),
        Err(_) => id.get().to_owned(),
    };
    Said::Answer { id, outcome }
}

/// The text of a string; any other value as it is written. One that is empty would leave whoever
/// reads the log or the dead letter without a word.
fn text(member: &str, value: Option<&RawValue>) -> Vec<u8> {
    let raw = value.map_or("", RawValue::get);
    let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    if text.trim().is_empty() {
        return format!("the handler answered {member:?} with an empty text, without a reason")
            .into_bytes();
    }
    text.into_bytes()
}

/// Whether a line is an answer to any task.
pub(super) fn is_answer(line: &[u8]) -> bool {
    line.first() == Some(&b'{') && matches!(read_line(line, usize::MAX), Said::Answer { .. })
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use memchr::memmem;
    use proptest::prelude::*;

    use super::*;

    fn said(line: &str) -> Said {
        read_line(line.as_bytes(), 100)
    }

    fn answer(outcome: Outcome) -> Said {
        Said::Answer { id: "a-0".into(), outcome }
    }

    fn json(text: &str) -> Outcome {
        Outcome::Done(Output::Json(RawValue::from_string(text.into()).unwrap()))
    }

    #[test]
    fn a_task_is_one_line_and_its_payload_a_string() {
        let line = |payload: &[u8]| String::from_utf8(task_line("a-0", 2, None, payload)).unwrap();
        assert_eq!(
            line(b"x\n\"y\""),
            "{\"id\":\"a-0\",\"attempt\":2,\"task\":\"x\\n\\\"y\\\"\"}\n"
        );
        assert_eq!(
            line(b"{\"n\":1}"),
            "{\"id\":\"a-0\",\"attempt\":2,\"task\":\"{\\\"n\\\":1}\"}\n"
        );
        assert_eq!(line(b"\x00\xff"), "{\"id\":\"a-0\",\"attempt\":2,\"task_base64\":\"AP8=\"}\n");
    }

    #[test]
    fn a_result_is_kept_as_it_was_written() {
        for value in
            ["\"x\"", "9007199254740993", "1.10", "{ \"a\": 1e2 }", "null", "\"\\u00e9\"", "[]"]
        {
            assert_eq!(
                said(&format!("{{\"id\": \"a-0\", \"result\": {value}}}\r")),
                answer(json(value)),
                "{value}"
            );
        }
        assert_eq!(
            said(r#"{"result":1,"more":[2],"id":"a-0"}"#),
            answer(json("1")),
            "in any order, with any company"
        );
        assert_eq!(
            said("\u{feff}{\"id\":\"a-0\",\"result\":1}"),
            answer(json("1")),
            "behind a byte order mark"
        );
    }

    #[test]
    fn an_error_is_tried_again_and_a_dead_task_is_not() {
        assert_eq!(said(r#"{"id":"a-0","error":"né"}"#), answer(Outcome::failed("né")));
        assert_eq!(
            said(r#"{"id":"a-0","error":{"code":5}}"#),
            answer(Outcome::failed("{\"code\":5}"))
        );
        assert_eq!(
            said(r#"{"id":"a-0","dead":"no"}"#),
            answer(Outcome::hopeless("rejected", "no"))
        );
        let reasonless = |member| {
            format!("the handler answered {member:?} with an empty text, without a reason")
        };
        for empty in ["", " ", "\\n"] {
            assert_eq!(
                said(&format!(r#"{{"id":"a-0","error":"{empty}"}}"#)),
                answer(Outcome::failed(reasonless("error")))
            );
            assert_eq!(
                said(&format!(r#"{{"id":"a-0","dead":"{empty}"}}"#)),
                answer(Outcome::hopeless("rejected", reasonless("dead")))
            );
        }
    }

    #[test]
    fn a_null_is_as_good_as_nothing_and_two_answers_in_one_are_none() {
        assert_eq!(said(r#"{"id":"a-0","result":5,"error":null}"#), answer(json("5")));
        assert_eq!(said(r#"{"id":"a-0","result":null,"error":"e"}"#), answer(Outcome::failed("e")));
        let Said::Answer { outcome: Outcome::Failed { .. }, .. } =
            said(r#"{"id":"a-0","error":null}"#)
        else {
            panic!()
        };
        let both = said(r#"{"id":"a-0","result":5,"error":"e"}"#);
        assert_eq!(
            both,
            answer(Outcome::failed("the handler answered more than one of result, error and dead"))
        );
    }

    #[test]
    fn a_result_that_is_too_long_is_a_failure() {
        let line =
            |length: usize| format!("{{\"id\":\"a-0\",\"result\":\"{}\"}}", "x".repeat(length));
        assert!(matches!(said(&line(98)), Said::Answer { outcome: Outcome::Done(_), .. }));
        assert!(matches!(said(&line(99)), Said::Answer { outcome: Outcome::Failed { .. }, .. }));
    }

    #[test]
    fn any_other_line_is_the_childs_own_words() {
        for line in [
            "",
            "Loading model ...",
            "done 1",
            "{}",
            r#"{"id":"a-0"}"#,
            r#"{"id":"a-0","level":"info","message":"result"}"#,
            r#"{"result":1}"#,
            r#"["id","result"]"#,
            r#"{"id":"a-0","id":"b-0","result":1}"#,
            r#"{"id":"a-0","result":NaN}"#,
            "{'id': 'a-0', 'result': 1}",
        ] {
            assert_eq!(said(line), Said::Words, "{line}");
        }
    }

    #[test]
    fn an_id_that_is_no_string_is_an_id_that_was_never_given() {
        let Said::Answer { id, .. } = said(r#"{"id":5,"result":1}"#) else { panic!() };
        assert_eq!(id, "5");
    }

    proptest! {
        #[test]
        fn a_child_that_reads_json_gets_the_payload_byte_for_byte(
            payload: Vec<u8>,
            id in "[a-z0-9.-]{1,20}",
            attempt: u32,
        ) {
            let line = task_line(&id, attempt, None, &payload);
            prop_assert_eq!(memchr::memchr(b'\n', &line), Some(line.len() - 1));
            let read: serde_json::Value = serde_json::from_slice(&line).unwrap();
            let bytes = match (read["task"].as_str(), read["task_base64"].as_str()) {
                (Some(text), None) => text.as_bytes().to_vec(),
                (None, Some(text)) => BASE64_STANDARD.decode(text).unwrap(),
                _ => panic!("{read}"),
            };
            prop_assert_eq!(bytes, payload);
            prop_assert_eq!((&read["id"], &read["attempt"]), (&id.into(), &attempt.into()));
        }

        #[test]
        fn no_line_that_lacks_the_id_is_an_answer_to_it(line: Vec<u8>) {
            if let Said::Answer { id, .. } = read_line(&line, 100) {
                prop_assert!(memmem::find(&line, b"id").is_some(), "{}", id);
            }
        }
    }
}
