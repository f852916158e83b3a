//! A result as it is stored: one JSON object on one line.

use std::{fmt::Write as _, time::Duration};

use sha2::{Digest as _, Sha256};

use super::{
    outcome::Output,
    text::{bytes_member, number, string},
};

/// Payloads up to this size are copied into their result. Longer ones, and ones that are not UTF-8,
/// are represented by their SHA-256.
const MAX_TASK_BYTES: usize = 4096;

/// Writes `{"task":...,"id":...,"outcome":"done","output":...,"attempt":N,"worker":...,"elapsed_ms"
/// :N}`.
///
/// `task` is the payload, or `sha256:` and its digest; `id` is the task's id, as the handler and
/// the log have it. The outcome is `accepted` (with `warnings`, if there are any), or `rejected`
/// with `reasons`, where the task is a row that was checked. The output of a command is a string;
/// one that is not UTF-8 is in `output_base64`, byte for byte. The output of a `--lines` child is
/// the JSON value that it answered, as it wrote it.
#[must_use]
pub fn result_line(
    payload: &[u8],
    id: &str,
    output: &Output,
    attempt: u32,
    worker: &str,
    elapsed: Duration,
) -> Vec<u8> {
    let mut line = Vec::with_capacity(payload.len().min(MAX_TASK_BYTES) + worker.len() + 128);
    line.extend_from_slice(b"{\"task\":");
    match str::from_utf8(payload) {
        Ok(text) if text.len() <= MAX_TASK_BYTES => string(&mut line, text),
        _ => string(&mut line, &digest(payload)),
    }
    line.extend_from_slice(b",\"id\":");
    string(&mut line, id);
    match output {
        Output::Nothing => line.extend_from_slice(b",\"outcome\":\"done\""),
        Output::Bytes(bytes) => {
            line.extend_from_slice(b",\"outcome\":\"done\"");
            bytes_member(&mut line, "output", bytes);
        }
        Output::Json(value) => {
            line.extend_from_slice(b",\"outcome\":\"done\",\"output\":");
            line.extend_from_slice(value.get().as_bytes());
        }
        Output::Accepted(warnings) => {
            line.extend_from_slice(b",\"outcome\":\"accepted\"");
            if !warnings.is_empty() {
                line.extend_from_slice(b",\"warnings\":");
                serde_json::to_writer(&mut line, warnings).expect("a Vec takes every write");
            }
        }
        Output::Rejected(reasons) => {
            line.extend_from_slice(b",\"outcome\":\"rejected\",\"reasons\":");
            serde_json::to_writer(&mut line, reasons).expect("a Vec takes every write");
        }
    }
    line.extend_from_slice(b",\"attempt\":");
    number(&mut line, attempt.into());
    line.extend_from_slice(b",\"worker\":");
    string(&mut line, worker);
    line.extend_from_slice(b",\"elapsed_ms\":");
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    number(&mut line, micros / 1000);
    let digit = |by: u64| b'0' + (micros / by % 10) as u8;
    line.extend_from_slice(&[b'.', digit(100), digit(10), digit(1), b'}']);
    line
}

/// Stands for a payload that is not copied: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub(crate) fn digest(payload: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(payload) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(payload: &[u8], output: &Output) -> String {
        String::from_utf8(result_line(
            payload,
            "c-7",
            output,
            2,
            "w\"1",
            Duration::from_micros(12_034),
        ))
        .unwrap()
    }

    #[test]
    fn a_result_is_one_json_object_on_one_line() {
        assert_eq!(
            line(b"a\n\"b\"", &Output::Bytes(b"out\n".to_vec())),
            "{\"task\":\"a\\n\\\"b\\\"\",\"id\":\"c-7\",\"outcome\":\"done\",\"output\":\"out\\n\",\"attempt\":2,\"worker\":\"w\\\"1\",\"elapsed_ms\":12.034}"
        );
        assert_eq!(
            line(b"", &Output::Nothing),
            "{\"task\":\"\",\"id\":\"c-7\",\"outcome\":\"done\",\"attempt\":2,\"worker\":\"w\\\"1\",\"elapsed_ms\":12.034}"
        );
    }

    #[test]
    fn an_output_that_is_not_utf_8_keeps_its_bytes() {
        let line = line(b"", &Output::Bytes(b"\x89PNG\xff\x00".to_vec()));
        assert!(
            line.contains(r#""outcome":"done","output_base64":"iVBOR/8A","attempt""#),
            "{line}"
        );
    }

    #[test]
    fn an_output_that_is_json_stands_as_it_was_written() {
        for text in ["1.10", "9007199254740993", "{ \"a\": 1e2 }", "null", "\"\\u00e9\""] {
            let line = line(
                b"",
                &Output::Json(serde_json::value::RawValue::from_string(text.into()).unwrap()),
            );
            assert!(
                line.contains(&format!(r#""outcome":"done","output":{text},"attempt""#)),
                "{line}"
            );
        }
    }

    #[test]
    fn a_checked_row_says_accepted_or_why_not() {
        let accepted = line(b"", &Output::Accepted(Vec::new()));
        assert!(
            accepted
                .starts_with("{\"task\":\"\",\"id\":\"c-7\",\"outcome\":\"accepted\",\"attempt\""),
            "{accepted}"
        );
        let rejected = line(b"", &Output::Rejected(vec!["a \"b\"".into(), "c".into()]));
        assert!(
            rejected.contains(r#""outcome":"rejected","reasons":["a \"b\"","c"],"attempt""#),
            "{rejected}"
        );
    }

    #[test]
    fn a_payload_that_is_long_or_not_text_is_named_by_its_digest() {
        // printf '\377' | sha256sum
        let digest = "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89";
        assert!(
            line(b"\xff", &Output::Nothing)
                .starts_with(&format!("{{\"task\":\"sha256:{digest}\","))
        );
        assert!(line(&vec![b'x'; 4096], &Output::Nothing).starts_with("{\"task\":\"xxx"));
        assert!(line(&vec![b'x'; 4097], &Output::Nothing).starts_with("{\"task\":\"sha256:"));
    }
}
