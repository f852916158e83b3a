//! A year's counts as bytes: the states of its months, one after the other.
//!
//! It keeps everything that the months had, so that a year can be taken apart and merged again. The
//! file begins with [`MAGIC`]; then come, for each month in calendar order, its number (a
//! byte), the length of its state (8 bytes, little-endian) and the state as [`MonthState`]
//! describes it.

use std::collections::BTreeMap;

use super::month_state::{MonthState, StateError};

/// What a year's state begins with.
pub(super) const MAGIC: [u8; 8] = *b"LOGYEAR1";

/// The bytes of the file, from the bytes of its months' states.
pub fn to_bytes(months: &BTreeMap<u8, Vec<u8>>) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for (month, state) in months {
        bytes.push(*month);
        bytes.extend_from_slice(&(state.len() as u64).to_le_bytes());
        bytes.extend_from_slice(state);
    }
    bytes
}

/// The months that [`to_bytes`] wrote.
///
/// # Errors
///
/// If the bytes are anything else.
pub fn from_bytes(bytes: &[u8]) -> Result<Vec<MonthState>, StateError> {
    let mut rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(StateError::Foreign)?;
    let mut months: Vec<MonthState> = Vec::new();
    let cut = || StateError::Damaged("it is cut off");
    while let Some((month, behind)) = rest.split_first() {
        let (length, behind) = behind.split_first_chunk::<8>().ok_or_else(cut)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
        let (state, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
        let state = MonthState::from_bytes(state)?;
        if state.month != *month || months.last().is_some_and(|last| last.month >= *month) {
            return Err(StateError::Damaged("its months are out of order"));
        }
        months.push(state);
        rest = behind;
    }
    Ok(months)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Calendar;
    use crate::counting::{Month, OwnSites, Rules};

    #[test]
    fn a_year_comes_apart_into_the_months_it_was_made_of() {
        let state = |month: u8| {
            let calendar = Calendar::new(2024, month, 0).unwrap();
            let counts = Month::new(Rules {
                calendar,
                keep_query: false,
                exact_keys: 100,
                by_host: false,
                by_hour: false,
                origins: Default::default(),
                own_sites: OwnSites::default(),
            });
            MonthState { year: 2024, month, counts }.to_bytes()
        };
        let months: BTreeMap<u8, Vec<u8>> = [(2, state(2)), (11, state(11))].into();
        let bytes = to_bytes(&months);
        let read = from_bytes(&bytes).unwrap();
        assert_eq!(read.iter().map(|month| month.month).collect::<Vec<_>>(), [2, 11]);
        assert!(read.iter().all(|month| month.to_bytes() == months[&month.month]));
        for end in 0..bytes.len() {
            if let Ok(months) = from_bytes(&bytes[..end]) {
                assert!(months.len() < 2, "cut to {end}");
            }
        }
    }
}
