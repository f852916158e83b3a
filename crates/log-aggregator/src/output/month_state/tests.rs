//! States that are written, read and damaged.

use super::*;
use crate::counting::{Label, Origin};
use crate::formats::Entry;

fn state() -> MonthState {
    // Up to 2024-02-28T12:00:00+01:00
    let calendar = Calendar::new(2024, 2, 3600).unwrap().until(1_709_118_000);
    let mut counts = Month::new(Rules {
        calendar,
        keep_query: true,
        exact_keys: 50,
        by_host: true,
        by_hour: true,
        own_sites: OwnSites::new(["example.org"]).unwrap(),
        origins: OriginSources {
            countries: Some("a database of countries".to_owned()),
            networks: Some("a database of networks".to_owned()),
        },
    });
    let label = |number: u16| Label {
        code: format!("AS{number}").into(),
        name: format!("Network {}", number % 20).into(),
    };
    // More networks than are kept apart.
    let origins: Vec<Origin> = (0..600)
        .map(|number| Origin {
            country: Some(if number % 3 == 0 { Label::unknown() } else { label(number % 7) }),
            network: Some(label(number)),
        })
        .collect();
    for number in 0..5000_u32 {
        let (client, path) = (format!("192.0.2.{}", number % 200), format!("/{}", number % 70));
        let entry = Entry {
            time: 1_706_742_000 + i64::from(number) * 520,
            client: client.as_bytes(),
            host: (number % 3 > 0).then_some(b"www.example.org"),
            target: path.as_bytes(),
            status: [Some(200), Some(404), None][number as usize % 3],
            bytes: u64::from(number),
            agent: (number % 4 > 0).then_some(b"curl/8"),
            response_time: Some(u64::from(number) * 1001),
            origin: (number % 600) as u16,
            ..Entry::default()
        };
        counts.add_all_from(&[entry], &origins);
    }
    assert!(counts.after_until > 0);
    counts.add_unparsed(Unparsed::Shape);
    counts.filtered.insert("exclude path=/healthz".to_owned(), 7);
    counts.add_remark(Remark::Nuls);
    MonthState { year: 2024, month: 2, counts }
}

#[test]
fn a_state_reads_back_and_merges_like_what_was_written() {
    let written = state();
    let bytes = written.to_bytes();
    let read = MonthState::from_bytes(&bytes).unwrap();
    assert!(read.to_bytes() == bytes);
    let summary =
        |state: &MonthState| crate::output::summary::Summary::of(&state.counts, 2024, 2, 100);
    assert_eq!(summary(&read), summary(&written));
    let networks = summary(&read).networks.unwrap();
    assert!(
        networks.moved > 0
            && networks.others.is_some()
            && networks.requests == summary(&read).requests
    );
    assert!(
        summary(&read).tables["clients"].error > 0,
        "a table beyond its limit is a part of the test"
    );
    let twice = |mut state: MonthState| {
        state.counts.merge(&written.counts);
        state.to_bytes()
    };
    assert!(twice(read) == twice(written.clone()));
}

#[test]
fn no_changed_byte_goes_unnoticed_and_none_ends_in_a_panic() {
    let bytes = state().to_bytes();
    for at in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(MonthState::from_bytes(&changed).is_err(), "byte {at}");
        assert!(MonthState::from_bytes(&bytes[..at]).is_err(), "cut to {at} bytes");
    }
    assert_eq!(MonthState::from_bytes(b"").unwrap_err(), StateError::Foreign);
    assert_eq!(MonthState::from_bytes(&[0; 100]).unwrap_err(), StateError::Foreign);
}

#[test]
fn a_state_of_another_version_is_refused_in_words() {
    let mut old = state().to_bytes();
    old[8..12].copy_from_slice(&6_u32.to_le_bytes());
    let refused = MonthState::from_bytes(&old).unwrap_err();
    assert_eq!(refused, StateError::Version(6));
    assert!(refused.to_string().contains("aggregate the month again"));
}

#[test]
fn a_state_that_decompresses_without_end_is_damaged() {
    let body = zstd::bulk::compress(&vec![0; LARGEST + 1], 1).unwrap();
    let mut forged = state().to_bytes()[..HEADER].to_vec();
    forged[12..20].copy_from_slice(&xxh3_64(&body).to_le_bytes());
    forged.extend_from_slice(&body);
    assert!(forged.len() < 10_000, "{} bytes are no bomb", forged.len());
    assert_eq!(
        MonthState::from_bytes(&forged).unwrap_err(),
        StateError::Damaged("it does not decompress")
    );
}

#[test]
fn changed_fields_under_a_right_checksum_never_end_in_a_panic() {
    let bytes = state().to_bytes();
    let plain = zstd::bulk::decompress(&bytes[HEADER..], LARGEST).unwrap();
    for at in (0..plain.len()).step_by((plain.len() / 1500) | 1) {
        let mut changed = plain.clone();
        changed[at] = changed[at].wrapping_add(1 + (at % 250) as u8);
        let body = zstd::bulk::compress(&changed, 1).unwrap();
        let mut forged = bytes[..HEADER].to_vec();
        forged[12..20].copy_from_slice(&xxh3_64(&body).to_le_bytes());
        forged.extend_from_slice(&body);
        if let Ok(state) = MonthState::from_bytes(&forged) {
            // What could be read can be used.
            let _ =
                (crate::output::summary::Summary::of(&state.counts, 2024, 2, 10), state.to_bytes());
        }
    }
}
