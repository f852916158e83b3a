//! A task is one row: a JSON object or a CSV record, checked against a Table Schema.

use std::{io::Read as _, path::Path};

use csv_records::{Dialect, NotARecord, RecordParser};
use json_records::{NotARow, ObjectReader};
use table_schema::{Checks, Schema, Validator, Verdict};
use thiserror::Error;

use super::outcome::{Outcome, Output};

/// The word for a record that is none whatever the schema says; partition-worker's is the same.
const FLAWED: &str = "source-error";
/// A schema is a few kilobytes; anything much larger is something else.
const LARGEST_SCHEMA: u64 = 16 << 20;

/// Why rows cannot be checked.
#[derive(Debug, Error)]
pub enum ValidateError {
    /// The file of the schema or of the checks.
    #[error("cannot read the {what} {path}")]
    Read {
        /// The file.
        path: String,
        /// What it is.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The file again.
    #[error("the {what} {path} has more than {limit} bytes: is it a {what} at all?")]
    TooLarge {
        /// The file.
        path: String,
        /// What it is.
        what: &'static str,
        /// In bytes.
        limit: u64,
    },
    /// The schema itself.
    #[error("the schema {path} is not usable")]
    Schema {
        /// The file.
        path: String,
        /// Why.
        source: Box<table_schema::SchemaError>,
    },
    /// The checks over a row.
    #[error("the checks {path} are not usable")]
    Checks {
        /// The file.
        path: String,
        /// Why, with line and column.
        source: Box<table_schema::CheckError>,
    },
    /// The schema's own field names as a header.
    #[error("the schema {path} does not fit its own fields")]
    Header {
        /// The file.
        path: String,
        /// Why.
        source: Box<table_schema::HeaderError>,
    },
}

/// Checks one row after the other.
pub struct Validate {
    fields: Vec<String>,
    parser: RecordParser,
    objects: ObjectReader,
    /// Of CSV records.
    judge: Judge,
    /// Of objects, which tell null from every text.
    judge_of_objects: Judge,
}

/// What the schema says of cells.
struct Judge {
    validator: Validator,
    verdict: Verdict,
}

impl std::fmt::Debug for Validate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validate").field("fields", &self.fields).finish_non_exhaustive()
    }
}

impl Validate {
    /// Rows with the fields of the schema in the file `path`, which keep the checks in the file
    /// `checks` if there is one.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or is no schema or no checks.
    pub fn from_files(path: &Path, checks: Option<&Path>) -> Result<Validate, ValidateError> {
        let name = || path.display().to_string();
        let bytes = read(path, "schema")?;
        let schema = Schema::from_json(&bytes)
            .map_err(|source| ValidateError::Schema { path: name(), source: Box::new(source) })?;
        let mut validate = Validate::new(&schema)
            .map_err(|source| ValidateError::Header { path: name(), source: Box::new(source) })?;
        if let Some(path) = checks {
            let checks = Checks::parse(&read(path, "file of checks")?, &schema);
            let path = path.display().to_string();
            let checks = checks
                .map_err(|source| ValidateError::Checks { path, source: Box::new(source) })?;
            validate.judge = validate.judge.with_checks(&checks);
            validate.judge_of_objects = validate.judge_of_objects.with_checks(&checks);
        }
        Ok(validate)
    }

    /// Rows with the fields of this schema.
    ///
    /// # Errors
    ///
    /// When the schema's own field names are no header for it.
    pub fn new(schema: &Schema) -> Result<Validate, table_schema::HeaderError> {
        let fields: Vec<String> = schema.field_names().map(str::to_owned).collect();
        let header: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
        let matching = schema.fields_match().unwrap_or_default();
        let judge = |schema: &Schema| -> Result<Judge, table_schema::HeaderError> {
            let validator = schema.compile(Some(&header), matching)?;
            Ok(Judge { validator, verdict: Verdict::new() })
        };
        let objects = ObjectReader::new(
            fields.iter().cloned().zip(schema.null_cells()),
            matching.allows_extra(),
        );
        // How long a task may be is the lane's to say.
        let parser = RecordParser::new(
            Dialect::default(),
            &header.join(&b','),
            fields.len(),
            usize::MAX / 2,
        );
        let (judge, judge_of_objects) = (judge(schema)?, judge(&schema.clone().with_null())?);
        Ok(Validate { fields, parser, objects, judge, judge_of_objects })
    }

    /// Checks a row. A rejected row is a result, not a failure; what is no row at all can never be
    /// done.
    pub fn handle(&mut self, payload: &[u8]) -> Outcome {
        if payload.trim_ascii_start().first() == Some(&b'{') {
            self.json(payload)
        } else {
            self.csv(payload)
        }
    }

    fn json(&mut self, payload: &[u8]) -> Outcome {
        let Validate { objects, judge_of_objects, .. } = self;
        let read = objects
            .read(payload, |row| judge_of_objects.check(row.cells, row.extra_reasons().collect()));
        match read {
            Ok(outcome) => outcome,
            Err(error @ (NotARow::NotUtf8(_) | NotARow::NotAnObject(_))) => {
                Outcome::hopeless("rejected", error.to_string())
            }
            Err(error @ (NotARow::Twice(_) | NotARow::NotAText { .. })) => {
                Outcome::Done(Output::Rejected(vec![format!("{FLAWED}: {error}")]))
            }
        }
    }

    /// The splitter that cuts a partition's files into records cuts a task, so that both workers
    /// judge a record alike.
    fn csv(&mut self, payload: &[u8]) -> Outcome {
        let Validate { parser, judge, .. } = self;
        match parser.parse(payload, |cells| judge.check(cells, Vec::new())) {
            Ok(outcome) => outcome,
            Err(NotARecord::Flawed { message, .. }) => {
                Outcome::Done(Output::Rejected(vec![format!("{FLAWED}: {message}")]))
            }
            Err(NotARecord::Empty) => {
                Outcome::hopeless("rejected", "neither a JSON object nor a CSV record: it is empty")
            }
            Err(NotARecord::Several) => {
                Outcome::hopeless("rejected", "more than one CSV record in one task")
            }
            Err(error @ NotARecord::TooLong(_)) => {
                Outcome::hopeless("rejected", format!("no CSV record: {error}"))
            }
        }
    }
}

impl Judge {
    fn with_checks(self, checks: &Checks) -> Judge {
        Judge { validator: self.validator.with_checks(checks), ..self }
    }

    fn check(&mut self, cells: &[&[u8]], mut reasons: Vec<String>) -> Outcome {
        self.validator.check(cells, &mut self.verdict);
        let described = |reason| {
            let mut text = String::new();
            self.validator.describe(reason, cells, &mut text);
            text
        };
        reasons.extend(self.verdict.reasons.iter().map(described));
        Outcome::Done(match reasons.is_empty() {
            true => Output::Accepted(self.verdict.warnings.iter().map(described).collect()),
            false => Output::Rejected(reasons),
        })
    }
}

/// The bytes of a file, which is a `what` and so not large.
fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, ValidateError> {
    let name = || path.display().to_string();
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST_SCHEMA + 1).read_to_end(&mut bytes));
    read.map_err(|source| ValidateError::Read { path: name(), what, source })?;
    match bytes.len() as u64 > LARGEST_SCHEMA {
        true => Err(ValidateError::TooLarge { path: name(), what, limit: LARGEST_SCHEMA }),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(payload: &str) -> Outcome {
        let file = tempfile::NamedTempFile::new().unwrap();
        let schema =
            br#"{"fields": [{"name": "id", "type": "string", "constraints": {"required": true}},
            {"name": "amount", "type": "number", "constraints": {"minimum": 0.01}}]}"#;
        std::fs::write(file.path(), schema).unwrap();
        Validate::from_files(file.path(), None).unwrap().handle(payload.as_bytes())
    }

    fn rejected(reasons: &[&str]) -> Outcome {
        Outcome::Done(Output::Rejected(reasons.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn json_and_csv_rows_are_judged_alike() {
        for good in [
            r#"{"id":"a","amount":"1.50"}"#,
            r#" {"amount":1.50,"id":"a"}"#,
            "a,1.50",
            "\"a\",1.50\r\n",
        ] {
            assert_eq!(handle(good), Outcome::Done(Output::Accepted(Vec::new())), "{good}");
        }
        let low = "constraint-error in field \"amount\": \"0.001\" is below the minimum 0.01";
        for bad in [r#"{"id":"a","amount":0.001}"#, "a,0.001"] {
            assert_eq!(handle(bad), rejected(&[low]), "{bad}");
        }
    }

    #[test]
    fn a_missing_or_unknown_field_is_a_reason() {
        let Outcome::Done(Output::Rejected(reasons)) = handle(r#"{"amount":1,"note":null}"#) else {
            panic!()
        };
        assert_eq!(reasons.len(), 2, "{reasons:?}");
        assert_eq!(reasons[0], "extra-cell in field \"note\": the schema has no such field");
        assert!(reasons[1].contains("in field \"id\""), "{reasons:?}");
    }

    #[test]
    fn a_member_that_is_there_twice_and_a_null_are_judged_as_in_a_file() {
        let twice = r#"source-error: the member "id" is there twice"#;
        assert_eq!(handle(r#"{"id":"a","id":"b","amount":1}"#), rejected(&[twice]));
        let schema = Schema::from_json(
            br#"{"fields": [{"name": "n", "type": "integer"}], "missingValues": ["-"],
                "fieldsMatch": "subset"}"#,
        );
        let mut validate = Validate::new(&schema.unwrap()).unwrap();
        let accepted = Outcome::Done(Output::Accepted(Vec::new()));
        for good in [r#"{"n":null}"#, r#"{"n":"-"}"#, "{}", r#"{"n":1,"more":2}"#, "-"] {
            assert_eq!(validate.handle(good.as_bytes()), accepted, "{good}");
        }
        for bad in [br#"{"n":""}"#.as_slice(), b"\xff"] {
            let outcome = validate.handle(bad);
            assert!(matches!(outcome, Outcome::Done(Output::Rejected(_))), "{outcome:?}");
        }
    }

    #[test]
    fn a_row_is_held_against_the_checks_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let schema =
            write("s", r#"{"fields": [{"name": "id"}, {"name": "n", "type": "integer"}]}"#);
        let checks = write("c", "a_has_one: if id = 'a' then n = 1\nwarning small: n < 9");
        let mut validate = Validate::from_files(&schema, Some(&checks)).unwrap();
        let accepted = |warnings: &[&str]| {
            let warnings = warnings.iter().map(ToString::to_string).collect();
            Outcome::Done(Output::Accepted(warnings))
        };
        assert_eq!(validate.handle(br#"{"id":"a","n":1}"#), accepted(&[]));
        let warning = "row-constraint: the check small is not kept: n < 9 (n is \"9\")";
        assert_eq!(validate.handle(b"b,9"), accepted(&[warning]));
        let reason = "row-constraint: the check a_has_one is not kept: if id = 'a' then n = 1 (id \
                      is \"a\", n is \"2\")";
        assert_eq!(validate.handle(b"a,2"), rejected(&[reason]));
        let checks = write("c", "a:\n  m = 1");
        let error = Validate::from_files(&schema, Some(&checks)).unwrap_err();
        let ValidateError::Checks { source, .. } = error else { panic!("{error}") };
        assert_eq!((source.line, source.column), (2, 3));
    }

    #[test]
    fn a_file_that_is_far_too_large_for_a_schema_is_not_read_on() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // Sparse: reading all of it would take an hour and the memory.
        file.as_file().set_len(1 << 40).unwrap();
        let error = Validate::from_files(file.path(), None).unwrap_err().to_string();
        assert!(error.contains("more than 16777216 bytes"), "{error}");
    }

    #[test]
    fn what_is_no_row_can_never_be_done() {
        for (payload, said) in [
            ("{\"id\":", "not a JSON object"),
            ("", "it is empty"),
            ("a,1\nb,2\n", "more than one CSV record"),
        ] {
            let Outcome::Hopeless { reason: "rejected", error } = handle(payload) else {
                panic!("{payload}")
            };
            assert!(String::from_utf8(error).unwrap().contains(said), "{payload}");
        }
    }
}
