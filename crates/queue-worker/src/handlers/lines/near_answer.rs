//! Lines of a `--lines` child that are nearly answers, and what is wrong with them, so that the
//! task fails at once with a reason instead of timing out. Pure.

use std::{borrow::Cow, collections::BTreeMap};

use memchr::memmem;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::exchange::{Said, read_line};

/// What is wrong with a line that was clearly meant as the answer to this task; `None` if it was
/// not.
///
/// Without this check the mistake would show only when the task times out. The usual causes are
/// `NaN`, which Python writes and JSON does not have, and a Python dict printed as such.
#[must_use]
pub fn spoilt_answer(line: &[u8], id: &str) -> Option<String> {
    let line = line.trim_ascii();
    if line.last() != Some(&b'}') || !mentions(line, id) {
        return None;
    }
    if let Miss::NoVerdict(names) = miss(line)
        && answers(line, id)
    {
        return Some(format!(
            r#"the handler's answer has neither "result" nor "error" nor "dead" ({names})"#
        ));
    }
    if !["result", "error", "dead"].iter().any(|name| mentions(line, name))
        || mentions(line, "attempt")
    {
        // A line with `attempt` is the task itself, echoed by the child.
        return None;
    }
    let begin = memchr::memchr(b'{', line)?;
    if begin > 0 {
        let Said::Answer { id: named, .. } = read_line(&line[begin..], usize::MAX) else {
            return None;
        };
        return (named == id).then(|| {
            "the handler's answer does not begin its line, so it was not taken".to_owned()
        });
    }
    if is_glued(line) {
        return Some(GLUED.to_owned());
    }
    if let Some(name) = doubled(line) {
        return Some(format!(
            "the handler's answer has the key {name:?} twice, so it was not taken"
        ));
    }
    let error = serde_json::from_slice::<&RawValue>(line).err()?;
    Some(format!("the handler's answer is not JSON: {error}"))
}

/// Python's `print` writes the text and its line end in two steps; another thread may write in
/// between.
const GLUED: &str = "two answers stand in one line, so neither was taken: a handler with threads \
                     must write an answer and its line end at once (sys.stdout.write(answer + \
                     \"\\n\"), not print), or hold a lock";

/// Whether a whole JSON object is followed by the beginning of another.
fn is_glued(line: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    matches!(values.next(), Some(Ok(_)))
        && line[values.byte_offset()..].trim_ascii_start().first() == Some(&b'{')
}

/// Whether an object without a verdict is meant as the answer to this task, rather than being a
/// structured log line that mentions it.
fn answers(line: &[u8], id: &str) -> bool {
    let members = serde_json::from_slice::<BTreeMap<Cow<'_, str>, &RawValue>>(line);
    members.is_ok_and(|members| {
        let named = members.get("id").and_then(|id| serde_json::from_str::<String>(id.get()).ok());
        named.as_deref() == Some(id) && !members.keys().any(|name| is_of_a_log(name))
    })
}

/// Names that log lines have in the usual libraries, and that answers do not have.
fn is_of_a_log(name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "level",
        "lvl",
        "levelname",
        "severity",
        "msg",
        "message",
        "event",
        "time",
        "timestamp",
        "ts",
        "asctime",
        "logger",
        "log",
        "name",
        "status",
        "state",
        "progress",
        "percent",
        "step",
    ];
    let name = name.trim_start_matches('@').to_ascii_lowercase();
    NAMES.contains(&name.as_str())
}

/// Which member of an answer an object has twice, if any.
fn doubled(line: &[u8]) -> Option<&'static str> {
    let members = serde_json::from_slice::<Members>(line).ok()?.0;
    ["id", "result", "error", "dead"]
        .into_iter()
        .find(|name| members.iter().filter(|member| member == name).count() > 1)
}

/// The names of an object's members, each as often as it is there.
struct Members(Vec<String>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Members;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    names.push(name);
                }
                Ok(Members(names))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

/// The words for an answer that names its task and says nothing of it.
const ONLY_ID: &str = "it is the id alone; a task that is done and has no result is answered with \
                       {\"id\":ID,\"result\":null}";

/// What a line that is no answer lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// It is a JSON object without an id.
    NoId,
    /// It is a JSON object with an id and without an answer; what it has instead, in words.
    NoVerdict(String),
    /// It is a JSON object that has this member twice.
    Doubled(&'static str),
    /// It is something else.
    Other,
}

/// Judges a line that [`read_line`] does not take.
pub(super) fn miss(line: &[u8]) -> Miss {
    let line = line.trim_ascii();
    let Some(members) = Some(line)
        .filter(|line| line.first() == Some(&b'{'))
        .and_then(|line| serde_json::from_slice::<BTreeMap<Cow<'_, str>, IgnoredAny>>(line).ok())
    else {
        return Miss::Other;
    };
    if !members.contains_key("id") {
        return Miss::NoId;
    }
    if let Some(name) = doubled(line) {
        return Miss::Doubled(name);
    }
    let names: Vec<String> =
        members.keys().filter(|name| *name != "id").map(|name| format!("{name:?}")).collect();
    match names.len() {
        0 => Miss::NoVerdict(ONLY_ID.to_owned()),
        // A task as it was given, which the child says again, or a structured log.
        _ if members.contains_key("attempt") || names.len() > 3 => Miss::Other,
        // Its answer is spoilt in another way, such as by bytes that are not UTF-8.
        _ if ["result", "error", "dead"].iter().any(|name| members.contains_key(*name)) => {
            Miss::Other
        }
        _ => Miss::NoVerdict(format!("but {}", names.join(", "))),
    }
}

/// Whether a word stands in quotes in a line.
fn mentions(line: &[u8], word: &str) -> bool {
    ['"', '\'']
        .iter()
        .any(|quote| memmem::find(line, format!("{quote}{word}{quote}").as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(line: &str) -> Said {
        read_line(line.as_bytes(), 100)
    }

    #[test]
    fn an_answer_that_is_spoilt_is_told_at_once() {
        for line in [
            r#"{"id": "a-0", "result": NaN}"#,
            "{'id': 'a-0', 'result': 1}",
            r#"{"id":"a-0","result":1}{"id":"b-0","result":2}"#,
            r#"...{"id":"a-0","result":1}"#,
        ] {
            assert_eq!(said(line), Said::Words, "{line}");
            assert!(spoilt_answer(line.as_bytes(), "a-0").is_some(), "{line}");
            assert_eq!(spoilt_answer(line.as_bytes(), "a-1"), None, "{line}");
        }
        assert!(spoilt_answer(b"{\"id\":\"a-0\",\"result\":\"\xe9\"}", "a-0").is_some());
        for words in [
            r#"{"id":"a-0","level":"info"}"#,
            r#"{'id': 'a-0', 'attempt': 1, 'task': '{"result": 5}'}"#,
            r#"the result of "a-0" is {"error": 1}"#,
            "a-0",
        ] {
            assert_eq!(spoilt_answer(words.as_bytes(), "a-0"), None, "{words}");
        }
    }

    #[test]
    fn an_answer_without_a_verdict_fails_its_task_at_once_and_a_log_line_does_not() {
        for (line, says) in [
            (r#"{"id":"a-0"}"#, r#"answered with {"id":ID,"result":null}"#),
            (r#"{"id":"a-0","reslut":1}"#, r#"but "reslut""#),
            (r#"{"id":"a-0","ok":true,"value":3}"#, r#"but "ok", "value""#),
        ] {
            let error = spoilt_answer(line.as_bytes(), "a-0").unwrap();
            assert!(error.contains("neither") && error.contains(says), "{line}: {error}");
            assert_eq!(spoilt_answer(line.as_bytes(), "b-0"), None, "{line}");
        }
        for line in [
            r#"{"id":"a-0","level":"info","message":"begun"}"#,
            r#"{"id":"a-0","msg":"begun"}"#,
            r#"{"id":"a-0","@timestamp":"2024-01-01"}"#,
            r#"{"id":"a-0","attempt":1,"task":"x"}"#,
            r#"{"id":"b-0","task":"a-0"}"#,
            r#"{"id":"a-0","a":1,"b":2,"c":3,"d":4}"#,
        ] {
            assert_eq!(spoilt_answer(line.as_bytes(), "a-0"), None, "{line}");
        }
    }

    #[test]
    fn an_answer_with_a_member_twice_is_told_by_its_name() {
        for (line, name) in [
            (r#"{"id":"a-0","result":1,"result":2}"#, r#""result""#),
            (r#"{"id":"a-0","error":"e","result":1,"error":"e"}"#, r#""error""#),
            (r#"{"id":"a-0","id":"a-0","dead":"no"}"#, r#""id""#),
        ] {
            assert_eq!(said(line), Said::Words, "{line}");
            let error = spoilt_answer(line.as_bytes(), "a-0").unwrap();
            assert_eq!(
                error,
                format!("the handler's answer has the key {name} twice, so it was not taken")
            );
        }
        assert_eq!(miss(br#"{"id":"x","result":1,"result":2}"#), Miss::Doubled("result"));
    }

    #[test]
    fn two_answers_in_one_line_are_told_from_other_broken_json() {
        let glued = r#"{"id":"a-0","result":1}{"id":"b-0","result":2}"#;
        for id in ["a-0", "b-0"] {
            let error = spoilt_answer(glued.as_bytes(), id).unwrap();
            assert!(error.contains("or hold a lock"), "{error}");
        }
        let error = spoilt_answer(br#"{"id":"a-0","result":{"id":NaN}}"#, "a-0").unwrap();
        assert!(error.starts_with("the handler's answer is not JSON"), "{error}");
    }

    #[test]
    fn a_line_that_is_nearly_an_answer_tells_what_it_lacks() {
        assert_eq!(miss(br#"{"result":1}"#), Miss::NoId);
        assert_eq!(miss(br#"{"amount":1}"#), Miss::NoId);
        let typo = Miss::NoVerdict(r#"but "reslut""#.to_owned());
        assert_eq!(miss(br#" {"id":"a-0","reslut":1}"#), typo);
        assert_eq!(miss(br#"{"id":"a-0"}"#), Miss::NoVerdict(ONLY_ID.to_owned()));
        for line in [
            "",
            "done",
            "[1]",
            r#"{"id":"a-0","attempt":1,"task":"x"}"#,
            r#"{"id":"a-0","result":NaN}"#,
        ] {
            assert_eq!(miss(line.as_bytes()), Miss::Other, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_that_lacks_the_id_spoils_an_answer_to_it(line: Vec<u8>) {
            prop_assert_eq!(spoilt_answer(&line, "a-0").is_some(), false);
        }
    }
}
