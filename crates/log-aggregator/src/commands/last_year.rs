//! The year before the one that is drawn, where it can stand beside it.

use object_storage::{Location, Storage};

use crate::error::Error;
use crate::output::{PublishedYear, YEAR, YearSummary};

/// The last year: the one that is told, or that of the folder beside `output`, if there is one.
/// What is told and cannot be used is an error; what was only looked for is left out with a
/// warning.
pub(super) fn last_year(
    storage: &Storage,
    output: &Location,
    year: &YearSummary,
    told: Option<&Location>,
) -> Result<Option<YearSummary>, Error> {
    if let Some(told) = told {
        return read(storage, told, year).map(Some);
    }
    let Some(beside) = beside(output, year.year) else { return Ok(None) };
    match read(storage, &beside, year) {
        Ok(last) => {
            tracing::info!(last_year = %beside, "the year is drawn beside the last one");
            Ok(Some(last))
        }
        Err(Error::NoYear { .. }) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "the year is drawn without the last one");
            Ok(None)
        }
    }
}

/// The folder of the last year, where that of this year is named by its number.
fn beside(output: &Location, year: i32) -> Option<Location> {
    let name = output.to_string();
    let above = name.trim_end_matches('/').strip_suffix(&year.to_string())?;
    let is_whole = above.is_empty() || above.ends_with('/');
    is_whole.then(|| format!("{above}{}/", year - 1).parse().ok()).flatten()
}

fn read(storage: &Storage, at: &Location, year: &YearSummary) -> Result<YearSummary, Error> {
    let name = at.join(YEAR)?.to_string();
    let published = PublishedYear::read(storage, at)?;
    let last: YearSummary = serde_json::from_slice(&published.bytes)
        .map_err(|source| Error::Year { at: name.clone(), source })?;
    let why = if last.year != year.year - 1 {
        format!("it is the year {}, and {} is to be drawn", last.year, year.year)
    } else if last.time_zone != year.time_zone {
        format!("it is counted by {}, and this year by {}", last.time_zone, year.time_zone)
    } else if !last.filtered.keys().eq(year.filtered.keys()) {
        "it is counted with other filters (see filtered in year.json)".to_owned()
    } else {
        return Ok(last);
    };
    Err(Error::NotComparable { at: name, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_year_is_looked_for_beside_a_folder_that_is_named_by_its_year() {
        for (output, expected) in [
            ("analytics/2024/", Some("analytics/2023/")),
            ("2024", Some("2023/")),
            ("s3://bucket/logs/2024/", Some("s3://bucket/logs/2023/")),
            ("s3://bucket/logs-2024/", None),
            ("analytics/2025/", None),
            ("out", None),
        ] {
            let found = beside(&output.parse().unwrap(), 2024).map(|found| found.to_string());
            let expected = expected.map(|name| name.parse::<Location>().unwrap().to_string());
            assert_eq!(found, expected, "{output}");
        }
    }
}
