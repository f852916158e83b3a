//! Offenders that are known, each with its reason. The lists only shrink.

use std::collections::BTreeMap;

/// Files that are longer than they should be. `path: lines` as the test says it.
pub(crate) const LONG_FILES: &[&str] = &[];

/// Files that do not say what they are for.
pub(crate) const NO_HEAD: &[&str] = &[];

/// Crates whose `src/` shows more than it should.
pub(crate) const WIDE_FOLDERS: &[&str] = &[];

/// Circles of imports.
pub(crate) const CIRCLES: &[&str] = &[];

/// How many lines of a file are wider than they should be: literals that are clearer in one piece
/// (JSON, scripts, URLs), and arguments of macros, which rustfmt leaves alone.
pub(crate) const LONG_LINES: &[(&str, usize)] = &[
    ("crates/bench-jobs/src/report/chart.rs", 5),
    ("crates/bench-jobs/src/split.rs", 2),
    ("crates/bench-jobs/tests/bench_jobs/kubectl.rs", 1),
    ("crates/csv-records/src/parser.rs", 2),
    ("crates/csv-records/src/structural_index.rs", 1),
    ("crates/csv-records/tests/records.rs", 5),
    ("crates/job-files/src/manifest.rs", 1),
    ("crates/log-aggregator/benches/lines.rs", 2),
    ("crates/log-aggregator/src/formats/aws_alb.rs", 1),
    ("crates/log-aggregator/src/formats/layout/tests.rs", 2),
    ("crates/log-aggregator/src/formats/log_format.rs", 3),
    ("crates/log-aggregator/src/formats/w3c.rs", 1),
    ("crates/log-aggregator/src/formats/wrapper.rs", 1),
    ("crates/log-aggregator/tests/formats/client.rs", 3),
    ("crates/log-aggregator/tests/formats/combined.rs", 3),
    ("crates/log-aggregator/tests/formats/json.rs", 10),
    ("crates/log-aggregator/tests/formats/main.rs", 2),
    ("crates/log-aggregator/tests/formats/servers.rs", 5),
    ("crates/log-aggregator/tests/formats/w3c.rs", 5),
    ("crates/log-aggregator/tests/slow_reference.rs", 5),
    ("crates/object-storage/tests/local.rs", 1),
    ("crates/partition-worker/src/commands/validate/unique/ascending.rs", 3),
    ("crates/partition-worker/src/commands/validate/unique/sets.rs", 2),
    ("crates/partition-worker/tests/laws.rs", 3),
    ("crates/partition-worker/tests/support/mod.rs", 3),
    ("crates/partition-worker/tests/validate_by_schema.rs", 4),
    ("crates/queue-worker/src/brokers/redis/keys.rs", 1),
    ("crates/queue-worker/src/brokers/redis/mod.rs", 1),
    ("crates/queue-worker/src/handlers/result.rs", 2),
    ("crates/queue-worker/tests/handlers/lines_answers.rs", 1),
    ("crates/sample-data/src/access_logs/cloud_line.rs", 9),
    ("crates/sample-data/src/access_logs/json_line.rs", 2),
    ("crates/sample-data/src/access_logs/visitor.rs", 1),
    ("crates/sample-data/src/commands/summary.rs", 1),
    ("crates/sample-data/tests/access_logs.rs", 4),
    ("crates/table-schema/benches/rows.rs", 2),
    ("crates/table-schema/src/display.rs", 2),
    ("crates/table-schema/src/pattern/positions.rs", 4),
    ("crates/table-schema/src/types/json/geojson.rs", 1),
    ("crates/table-schema/src/types/json/scan.rs", 1),
    ("crates/table-schema/src/types/number/scaled.rs", 1),
    ("crates/table-schema/src/types/utf8.rs", 1),
    ("crates/table-schema/src/validate/key.rs", 1),
    ("crates/table-schema/tests/agreement/forms.rs", 6),
    ("crates/table-schema/tests/agreement/main.rs", 7),
    ("crates/table-schema/tests/agreement/model.rs", 3),
    ("crates/table-schema/tests/agreement/moments.rs", 2),
    ("crates/table-schema/tests/agreement/numbers.rs", 1),
    ("crates/table-schema/tests/agreement/patterns.rs", 1),
    ("crates/table-schema/tests/agreement/shapes.rs", 1),
    ("crates/table-schema/tests/contract/allocations.rs", 2),
    ("crates/table-schema/tests/contract/bounds.rs", 8),
    ("crates/table-schema/tests/contract/constraints.rs", 5),
    ("crates/table-schema/tests/contract/dates.rs", 1),
    ("crates/table-schema/tests/contract/keys.rs", 2),
    ("crates/table-schema/tests/contract/messages.rs", 5),
    ("crates/table-schema/tests/contract/refusals.rs", 4),
    ("crates/table-schema/tests/contract/types.rs", 1),
    ("crates/worker-runtime/src/lifecycle/termination.rs", 2),
    ("crates/worker-runtime/src/logging/redaction.rs", 4),
    ("crates/worker-runtime/tests/identity.rs", 14),
    ("crates/worker-runtime/tests/process/command_line.rs", 1),
    ("crates/worker-runtime/tests/process/endings.rs", 4),
    ("crates/worker-runtime/tests/process/log_lines.rs", 2),
    ("crates/worker-runtime/tests/process/metrics.rs", 3),
    ("crates/worker-runtime/tests/process/signals.rs", 2),
    ("crates/worker-runtime/tests/process/termination.rs", 3),
    ("tests/fuzz/laws/pattern.rs", 1),
    ("tests/fuzz/laws/rows.rs", 3),
    ("tests/scripts/bench-instructions.sh", 2),
    ("tests/scripts/compose.sh", 1),
    ("tests/scripts/run-indexes.sh", 1),
    ("images/sbom.sh", 13),
    ("images/static.sh", 1),
    ("tests/scripts/test-fresh.sh", 4),
    ("tests/scripts/test.sh", 2),
    ("tests/tests/faults/children.rs", 1),
    ("tests/tests/kind/lab.rs", 7),
    ("tests/tests/s3_errors/servers.rs", 1),
    ("tests/tests/s3_suite/laws_of_names.rs", 1),
];

/// The offenders that are not excepted, and the exceptions that are not needed.
pub(crate) fn without(exceptions: &[&str], offenders: Vec<String>) -> Vec<String> {
    let is_known = |offender: &String| exceptions.iter().any(|known| offender.starts_with(known));
    let unneeded = exceptions
        .iter()
        .filter(|known| !offenders.iter().any(|offender| offender.starts_with(**known)))
        .map(|known| format!("{known}: take it out of exceptions.rs, it is no offender any more"));
    let unneeded: Vec<String> = unneeded.collect();
    offenders.into_iter().filter(|offender| !is_known(offender)).chain(unneeded).collect()
}

/// The same for lines (`path:line`), of which each excepted file may have so many.
pub(crate) fn without_lines(exceptions: &[(&str, usize)], offenders: Vec<String>) -> Vec<String> {
    let mut by_file: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for offender in offenders {
        let file = offender.rsplit_once(':').expect("path:line").0.to_owned();
        by_file.entry(file).or_default().push(offender);
    }
    let mut left = Vec::new();
    for (file, most) in exceptions {
        let found = by_file.remove(*file).unwrap_or_default();
        if found.len() > *most {
            left.extend(found);
        } else if found.len() < *most {
            left.push(format!("{file}: exceptions.rs allows {most} lines, it has {}", found.len()));
        }
    }
    left.extend(by_file.into_values().flatten());
    left
}
