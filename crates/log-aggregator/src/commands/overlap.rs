//! Refuses to publish into the input: what one month publishes there would be read as logs by other
//! months and by the next run.

use job_files::{Input, below, lies_within};
use object_storage::Location;

use crate::error::Error;
use crate::output::{STATE, UNPARSED, month_folder};

/// Compares the settings: whether what any month publishes below `output` would be input.
pub(super) fn refuse(input: &Input, output: &Location) -> Result<(), Error> {
    let inside = |month: u8| -> Result<bool, Error> {
        let folder = output.join(&month_folder(month))?;
        Ok(match input {
            Input::File(_) => false,
            Input::Folder(logs) => lies_within(&folder, logs),
            Input::Glob(logs, glob) => below(&folder, logs).is_some_and(|name| {
                [STATE, UNPARSED, "summary.json", "daily.csv"]
                    .iter()
                    .any(|file| glob.matches(format!("{name}/{file}").trim_start_matches('/')))
            }),
        })
    };
    for month in 1..=12 {
        if inside(month)? {
            return Err(Error::Setting(format!(
                "the output {output} lies inside the input: what is published there would be read \
                 as logs by other months and later runs; publish to a folder of its own, beside \
                 the logs"
            )));
        }
    }
    Ok(())
}
