//! A result as it is stored: one JSON object on one line.

use std::{fmt::Write as _, io::Write as _, time::Duration};

use sha2::{Digest as _, Sha256};

use super::Output;

/// Payloads up to this size stand in their result; of longer ones, and of ones that are not UTF-8, only the SHA-256 does.
const MAX_TASK_BYTES: usize = 4096;

/// Writes `{"task":...,"outcome":"done","output":...,"attempt":N,"worker":...,"elapsed_ms":N}`.
///
/// The outcome is `accepted`, or `rejected` with `reasons`, where the task is a row that was checked. `task` is the payload, or `sha256:` and its digest. Bytes of an output that are not UTF-8 become U+FFFD.
#[must_use]
pub fn result_line(payload: &[u8], output: &Output, attempt: u32, worker: &str, elapsed: Duration) -> Vec<u8> {
    let mut line = Vec::with_capacity(payload.len().min(MAX_TASK_BYTES) + worker.len() + 80);
    line.extend_from_slice(b"{\"task\":");
    match str::from_utf8(payload) {
        Ok(text) if text.len() <= MAX_TASK_BYTES => string(&mut line, text),
        _ => string(&mut line, &digest(payload)),
    }
    match output {
        Output::Nothing => line.extend_from_slice(b",\"outcome\":\"done\""),
        Output::Bytes(bytes) => {
            line.extend_from_slice(b",\"outcome\":\"done\",\"output\":");
            string(&mut line, &String::from_utf8_lossy(bytes));
        }
        Output::Accepted => line.extend_from_slice(b",\"outcome\":\"accepted\""),
        Output::Rejected(reasons) => {
            line.extend_from_slice(b",\"outcome\":\"rejected\",\"reasons\":");
            serde_json::to_writer(&mut line, reasons).expect("a Vec takes every write");
        }
    }
    line.extend_from_slice(b",\"attempt\":");
    let _ = write!(line, "{attempt}");
    line.extend_from_slice(b",\"worker\":");
    string(&mut line, worker);
    line.extend_from_slice(b",\"elapsed_ms\":");
    let micros = elapsed.as_micros();
    let _ = write!(line, "{}.{:03}}}", micros / 1000, micros % 1000);
    line
}

/// What a payload is known by where it cannot stand itself: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub(crate) fn digest(payload: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(payload) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn string(line: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(line, text).expect("a Vec takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(payload: &[u8], output: &Output) -> String {
        String::from_utf8(result_line(payload, output, 2, "w\"1", Duration::from_micros(12_034))).unwrap()
    }

    #[test]
    fn a_result_is_one_json_object_on_one_line() {
        assert_eq!(
            line(b"a\n\"b\"", &Output::Bytes(b"out\xff\n".to_vec())),
            "{\"task\":\"a\\n\\\"b\\\"\",\"outcome\":\"done\",\"output\":\"out\u{fffd}\\n\",\"attempt\":2,\"worker\":\"w\\\"1\",\"elapsed_ms\":12.034}"
        );
        assert_eq!(
            line(b"", &Output::Nothing),
            "{\"task\":\"\",\"outcome\":\"done\",\"attempt\":2,\"worker\":\"w\\\"1\",\"elapsed_ms\":12.034}"
        );
    }

    #[test]
    fn a_checked_row_says_accepted_or_why_not() {
        assert!(line(b"", &Output::Accepted).starts_with("{\"task\":\"\",\"outcome\":\"accepted\",\"attempt\""));
        let rejected = line(b"", &Output::Rejected(vec!["a \"b\"".into(), "c".into()]));
        assert!(
            rejected.starts_with(r#"{"task":"","outcome":"rejected","reasons":["a \"b\"","c"],"attempt""#),
            "{rejected}"
        );
    }

    #[test]
    fn a_payload_that_is_long_or_not_text_is_named_by_its_digest() {
        // printf '\377' | sha256sum
        let digest = "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89";
        assert!(line(b"\xff", &Output::Nothing).starts_with(&format!("{{\"task\":\"sha256:{digest}\",")));
        assert!(line(&vec![b'x'; 4096], &Output::Nothing).starts_with("{\"task\":\"xxx"));
        assert!(line(&vec![b'x'; 4097], &Output::Nothing).starts_with("{\"task\":\"sha256:"));
    }
}
