//! Refuses to publish into the input: what one month publishes there would be read as logs by other
//! months and by the next run.

use job_files::Input;
use object_storage::Location;

use crate::error::Error;
use crate::output::{STATE, UNPARSED, month_folder, partial_folder};

/// Files that every month publishes, by which a pattern would find them.
const PUBLISHED: [&str; 4] = [STATE, UNPARSED, "summary.json", "daily.csv"];

/// Compares the settings: whether what any month publishes below `output` would be input.
pub(super) fn refuse(input: &Input, output: &Location) -> Result<(), Error> {
    for folder in (1..=12).flat_map(|month| [month_folder(month), partial_folder(month)]) {
        if input.would_read(&output.join(&folder)?, &PUBLISHED) {
            return Err(Error::Setting(format!(
                "the output {output} lies inside the input: what is published there would be read \
                 as logs by other months and later runs; publish to a folder of its own, beside \
                 the logs"
            )));
        }
    }
    Ok(())
}
