//! The termination message: how the container ended, in at most 4096 bytes of JSON.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use crate::exit::Exit;
use crate::lifecycle::named::Named;
use crate::lifecycle::report::Outcome;
use crate::lifecycle::role::Role;
use crate::logging::context::Context;
use crate::logging::redaction::redact_url;

/// What Kubernetes keeps of a container's termination message, in bytes.
pub(crate) const LIMIT: usize = 4096;

/// Where Kubernetes reads it by default (`terminationMessagePath`).
pub(crate) const DEFAULT_PATH: &str = "/dev/termination-log";

/// The counts get at most half of the room, so that the error always has the other half.
const COUNTS_LIMIT: usize = LIMIT / 2;

/// The summary of one run, as the termination message tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The binary's name.
    pub(crate) worker: &'static str,
    /// The binary's version.
    pub(crate) version: &'static str,
    /// How the run ended.
    pub(crate) outcome: Outcome,
    /// The process' exit code.
    pub(crate) exit_code: u8,
    /// The error with its causes, `a: b: c`, or why the input was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<u32>,
    /// 0 for the first attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<u32>,
    /// From the start of the process to its end.
    pub(crate) seconds: f64,
    /// Names and numbers, such as `rows`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) counts: BTreeMap<String, u64>,
    /// A remark on a run that went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl Summary {
    /// With neither error nor counts.
    pub(crate) fn new(context: &Context, outcome: Outcome, exit: Exit, began: Instant) -> Summary {
        Summary {
            worker: context.about.name,
            version: context.about.version,
            outcome,
            exit_code: exit.code(),
            error: None,
            index: context.index(),
            attempt: context.identity().and_then(|identity| identity.attempt),
            // Rounded to the millisecond: more digits would be noise.
            seconds: began.elapsed().as_millis() as f64 / 1000.0,
            counts: BTreeMap::new(),
            message: None,
        }
    }

    /// One JSON object of at most [`LIMIT`] bytes, without passwords. Counts that do not fit in
    /// half of them are left out, last names first; a long error or message loses its middle,
    /// since the beginning says what failed and the end why.
    pub(crate) fn to_json(&self) -> String {
        let clean =
            |text: &Option<String>| text.as_deref().map(|text| redact_url(text).into_owned());
        let (error, message) = (clean(&self.error), clean(&self.message));
        let whole =
            encode(&Summary { error: error.clone(), message: message.clone(), ..self.clone() });
        if whole.len() <= LIMIT {
            return whole;
        }
        let mut short = Summary { error: None, message: None, ..self.clone() };
        let mut room = COUNTS_LIMIT;
        short.counts.retain(|name, value| {
            // Quotes, colon, comma.
            let needed = escaped_len(name) + value.to_string().len() + 4;
            let fits = needed <= room;
            room = if fits { room - needed } else { 0 };
            fits
        });
        for (text, set) in [
            (error, (|summary, text| summary.error = text) as fn(&mut Summary, Option<String>)),
            (message, |summary, text| summary.message = text),
        ] {
            let Some(text) = text else { continue };
            set(&mut short, Some(String::new()));
            match LIMIT.checked_sub(encode(&short).len()) {
                Some(room) => set(&mut short, Some(shorten(&text, room))),
                None => set(&mut short, None),
            }
        }
        encode(&short)
    }
}

fn encode(summary: &Summary) -> String {
    serde_json::to_string(summary).expect("a summary has text keys and finite numbers")
}

/// Where the summary is written, if it is this process' to write. A container has one such file,
/// which tells the end of its main process: were a handler's `push` or a `status` by `kubectl exec`
/// to write there, a kill of the main process would afterwards show their good end.
#[derive(Clone, Debug)]
pub(crate) struct TerminationFile(Option<Claim>);

#[derive(Clone, Debug)]
struct Claim {
    path: PathBuf,
    named: Named,
    /// Kept open with its lock, where the file was there at the start.
    held: Option<Arc<File>>,
}

impl TerminationFile {
    /// Claims the file for a command of this role, and empties it: what an earlier command of the
    /// container left there must not outlive this one, should it be killed.
    pub(crate) fn claim(path: &Path, named: Named, role: Role) -> TerminationFile {
        // Outside of Kubernetes the container's own file is not there, and nothing to be found out.
        if (named == Named::Default && !path.exists()) || !named.is_for(role) {
            return TerminationFile(None);
        }
        let claim = Claim { path: path.to_owned(), named, held: None };
        // A pipe would not open before somebody reads it.
        let held = path.is_file().then(|| claim.open(false)).flatten().inspect(|file| {
            let _ = file.set_len(0);
        });
        TerminationFile(Some(Claim { held: held.map(Arc::new), ..claim }))
    }

    /// Writes the summary, or nothing where that is impossible: outside of Kubernetes there is
    /// nobody to read it. Kubernetes makes the default file itself; elsewhere no file is left
    /// behind in `/dev`.
    pub(crate) fn write(&self, summary: &Summary) {
        let Some(claim) = &self.0 else { return };
        let opened = claim
            .held
            .clone()
            .or_else(|| claim.open(claim.path != Path::new(DEFAULT_PATH)).map(Arc::new));
        let Some(file) = opened else { return };
        // Something like `/dev/stderr` is no regular file: it has neither a length nor an offset.
        let _ = file.set_len(0);
        let mut file = file.as_ref();
        let _ = file.rewind();
        let _ = file.write_all(summary.to_json().as_bytes());
    }
}

impl Claim {
    /// The file with its lock; `None` where it cannot be had or another worker holds it, which is
    /// then the main one. Whoever gave the path by flag wants it all the same.
    fn open(&self, create: bool) -> Option<File> {
        let file =
            OpenOptions::new().write(true).truncate(false).create(create).open(&self.path).ok()?;
        let is_held = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        (!is_held || self.named == Named::Flag).then_some(file)
    }
}

const ELLIPSIS: &str = " [...] ";

/// The text cut to at most `room` bytes as JSON writes them, its middle replaced by an ellipsis;
/// characters stay whole.
fn shorten(text: &str, room: usize) -> String {
    if escaped_len(text) <= room {
        return text.to_owned();
    }
    let Some(room) = room.checked_sub(ELLIPSIS.len()) else { return String::new() };
    let tail_room = room / 3;
    let fitting = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        chars
            .take_while(|c| {
                used += char_len(*c);
                used <= room
            })
            .map(char::len_utf8)
            .sum::<usize>()
    };
    let head = fitting(&mut text.chars(), room - tail_room);
    let tail = fitting(&mut text.chars().rev(), tail_room);
    format!("{}{ELLIPSIS}{}", &text[..head], &text[text.len() - tail..])
}

fn escaped_len(text: &str) -> usize {
    text.chars().map(char_len).sum()
}

/// The bytes of a character in a JSON string as `serde_json` writes it.
fn char_len(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\x08' | '\x0c' => 2,
        '\0'..='\x1f' => 6,
        _ => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    use super::*;

    fn summary(error: Option<String>, counts: BTreeMap<String, u64>) -> Summary {
        Summary {
            worker: "partition-worker",
            version: "0.1.0",
            outcome: Outcome::Failed,
            exit_code: 74,
            error,
            index: Some(3),
            attempt: None,
            seconds: 1.5,
            counts,
            message: None,
        }
    }

    #[test]
    fn a_short_summary_is_told_whole() {
        let counts = BTreeMap::from([("rows".to_owned(), 10), ("rejected".to_owned(), 1)]);
        assert_eq!(
            summary(Some("cannot write: disk full".to_owned()), counts).to_json(),
            r#"{"worker":"partition-worker","version":"0.1.0","outcome":"failed","exit_code":74,"error":"cannot write: disk full","index":3,"seconds":1.5,"counts":{"rejected":1,"rows":10}}"#
        );
    }

    #[test]
    fn a_long_error_loses_its_middle_and_fills_the_room() {
        let error = format!("first{}last", "ä\"".repeat(5000));
        let text = summary(Some(error), BTreeMap::new()).to_json();
        assert!((LIMIT - 4..=LIMIT).contains(&text.len()), "{} bytes", text.len());
        let value: Value = serde_json::from_str(&text).unwrap();
        let error = value["error"].as_str().unwrap();
        assert!(
            error.starts_with("firstä\"ä\"")
                && error.ends_with("ä\"last")
                && error.contains(ELLIPSIS),
            "{error}"
        );
    }

    #[test]
    fn too_many_counts_leave_room_for_the_error() {
        let counts: BTreeMap<String, u64> =
            (0..1000).map(|i| (format!("reason-{i:04}"), u64::MAX)).collect();
        let text = summary(Some("disk full".to_owned()), counts).to_json();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["error"], json!("disk full"));
        assert_eq!(value["counts"]["reason-0000"], json!(u64::MAX));
        assert!(text.len() <= LIMIT);
    }

    proptest! {
        #[test]
        fn it_is_json_of_at_most_4096_bytes_whatever_it_tells(
            error in proptest::option::of(proptest::collection::vec(any::<char>(), 0..6000)),
            message in proptest::option::of("\\PC{0,3000}"),
            counts in proptest::collection::btree_map("\\PC{0,200}", any::<u64>(), 0..80),
        ) {
            let error = error.map(|chars| chars.into_iter().collect::<String>());
            let whole = Summary { message, ..summary(error, counts) };
            let text = whole.to_json();
            prop_assert!(text.len() <= LIMIT, "{} bytes", text.len());
            let value: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&value["exit_code"], 74);
            prop_assert_eq!(value.get("error").is_some(), whole.error.is_some());
            let told = value.get("counts").and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, count) in told {
                prop_assert_eq!(Some(count.as_u64().unwrap()), whole.counts.get(&name).copied());
            }
        }

        #[test]
        fn the_length_is_the_one_serde_json_writes(text in proptest::collection::vec(any::<char>(), 0..50)) {
            let text: String = text.into_iter().collect();
            prop_assert_eq!(escaped_len(&text) + 2, serde_json::to_string(&text).unwrap().len());
        }

        #[test]
        fn what_is_cut_is_a_beginning_and_an_end(text in "\\PC{0,80}", room in 0usize..60) {
            let short = shorten(&text, room);
            prop_assert!(escaped_len(&short) <= room);
            if short != text && !short.is_empty() {
                let (head, tail) = short.split_once(ELLIPSIS).unwrap();
                prop_assert!(text.starts_with(head) && text.ends_with(tail));
            }
        }
    }
}
