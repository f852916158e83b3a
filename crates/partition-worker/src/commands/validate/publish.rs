//! What a validated partition publishes, and whether it is good enough for a `_SUCCESS`.

use std::collections::BTreeMap;
use std::time::Instant;

use worker_runtime::{Outcome, Report};

use super::job::{ReadTotals, ValidateJob};
use super::outputs::SortedOutputs;
use crate::error::Error;
use crate::keys::KEYS_NAME;
use crate::summary::Summary;

impl ValidateJob {
    /// Publishes the outputs. If too many records were rejected, it leaves out the accepted ones
    /// and the manifest.
    pub(super) fn publish(
        self,
        outputs: SortedOutputs,
        read: ReadTotals,
        began: Instant,
    ) -> Result<Report, Error> {
        let ReadTotals { records, input_bytes } = read;
        let SortedOutputs { accepted, rejected, warnings, keys, .. } = outputs;
        let exceeded = self
            .args
            .max_rejected
            .filter(|limit| limit.is_exceeded_by(records.rejected, records.rows));
        let summary = Summary {
            command: self.work.command.clone(),
            index: self.work.index,
            partitions: self.work.partitions,
            input_bytes,
            records: Some(records.clone()),
            over_max_rejected: exceeded.map(|limit| limit.to_string()),
        };
        let counts: BTreeMap<String, u64> = [
            ("rows", records.rows),
            ("accepted", records.accepted),
            ("rejected", records.rejected),
            ("input_bytes", input_bytes),
        ]
        .map(|(name, count)| (name.to_owned(), count))
        .into_iter()
        .chain(records.warnings.as_ref().map(|warnings| ("warned".to_owned(), warnings.rows)))
        .chain(
            (records.no_final_newline > 0)
                .then(|| ("no_final_newline".to_owned(), records.no_final_newline)),
        )
        .collect();
        let summary = summary.output(&self.storage, self.publication.folder())?;
        let [accepted_name, rejected_name, warnings_name] = self.output_names();
        let withheld = [accepted_name, warnings_name, KEYS_NAME.to_owned()];
        let report = match exceeded {
            None => {
                let mut outputs = vec![accepted.finish()?, rejected.finish()?];
                if let Some(warnings) = warnings {
                    outputs.push(warnings.finish()?);
                }
                if let Some(keys) = keys {
                    outputs.push(keys.finish()?);
                }
                outputs.push(summary);
                self.publication.commit(outputs, self.work, counts.clone())?;
                let seconds = began.elapsed().as_secs_f64();
                if records.rows > 0 && records.accepted == 0 {
                    tracing::warn!(
                        rows = records.rows,
                        "every record is rejected: is it the right schema? --max-rejected makes \
                         this a failure"
                    );
                }
                tracing::info!(
                    rows = records.rows,
                    accepted = records.accepted,
                    rejected = records.rejected,
                    warned = records.warnings.as_ref().map(|warnings| warnings.rows),
                    elapsed_ms = (seconds * 1e3) as u64,
                    rows_per_second = (records.rows as f64 / seconds) as u64,
                    output = %self.publication.folder(),
                    "partition published"
                );
                Report::new(Outcome::Done)
            }
            Some(limit) => {
                drop((accepted, warnings, keys));
                let withheld = withheld.each_ref().map(String::as_str);
                self.publication.commit_without_manifest(
                    vec![rejected.finish()?, summary],
                    &withheld,
                    &self.work,
                )?;
                Report::new(Outcome::Rejected).message(format!(
                    "{} of {} records are rejected, more than the {limit} of --max-rejected: see \
                     {rejected_name} in {} for the reasons; no accepted records were published",
                    records.rejected,
                    records.rows,
                    self.publication.folder()
                ))
            }
        };
        Ok(Report { counts, ..report })
    }
}
