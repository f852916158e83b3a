//! Damages a good record on purpose. Picks among the mistakes that real files have, and breaks
//! nothing else.

use super::columns::{Column, ID_DIGITS, write_id};
use super::damage::Damage;
use super::merchant;
use super::record::Record;
use crate::number::push_padded;
use crate::random::{Word, Words};

/// Damages a good row, the one with number `row`, in this way only.
pub(crate) fn inflict(damage: Damage, words: &Words, row: u64, record: &mut Record) {
    let pick = |variants: &[&'static str]| words.choose(Word::DamageVariant, variants);
    record.set_damage(damage);
    match damage {
        Damage::AmountNotANumber => {
            let amount =
                pick(&["12,50", "1.234,56", "1O.50", "12.3.4", "--5.00", "twelve", "9.99 EUR"]);
            record.replace(Column::Amount as usize, amount.as_bytes());
        }
        Damage::AmountBelowMinimum => {
            let amount = pick(&["-12.50", "-0.01", "0.00", "0", "-1000000.00"]);
            record.replace(Column::Amount as usize, amount.as_bytes());
        }
        Damage::AmountAboveMaximum => {
            let amount = pick(&[
                "1000000.01",
                "1000001",
                "99999999999.99",
                "1000000000000000000000000000000.00",
            ]);
            record.replace(Column::Amount as usize, amount.as_bytes());
        }
        Damage::UnknownCurrency => {
            let currency = pick(&["EURO", "eur", "XXX", "US$", "E R", "BTC"]);
            record.replace(Column::Currency as usize, currency.as_bytes());
        }
        Damage::UnknownStatus => {
            let status = pick(&["SETTLED", "Pending", "setled", "done", "settled!", "0"]);
            record.replace(Column::Status as usize, status.as_bytes());
        }
        Damage::ImpossibleDate => {
            let timestamp = pick(&[
                "2024-02-30T10:15:00Z",
                "2024-02-31T23:59:59Z",
                "2023-02-29T08:00:00Z",
                "2024-13-01T12:00:00Z",
                "2024-00-10T12:00:00Z",
                "2024-02-00T12:00:00Z",
                "2024-02-29T24:30:00Z",
                "2024-02-29T12:60:00Z",
            ]);
            record.replace(Column::Timestamp as usize, timestamp.as_bytes());
        }
        Damage::MalformedTimestamp => {
            let timestamp = pick(&[
                "29/02/2024 10:00",
                "2024-02-29",
                "20240229T101500Z",
                "10:15:00",
                "yesterday",
            ]);
            record.replace(Column::Timestamp as usize, timestamp.as_bytes());
        }
        Damage::TimestampOutOfRange => {
            let timestamp = pick(&[
                "2024-02-28T23:59:59Z",
                "2024-03-01T00:00:00Z",
                "1970-01-01T00:00:00Z",
                "2042-02-28T10:15:00Z",
            ]);
            record.replace(Column::Timestamp as usize, timestamp.as_bytes());
        }
        Damage::MissingValue => {
            let column = words.choose(Word::DamageVariant, &Column::REQUIRED);
            record.replace(column as usize, b"");
        }
        Damage::MissingCell => record.truncate(Column::Status as usize),
        Damage::ExtraCell => record.push(b"1"),
        Damage::BlankRow => record.truncate(0),
        Damage::MalformedIban => {
            let iban = pick(&[
                "DE89 3704 0044 0532 0130 00",
                "de89370400440532013000",
                "DE8937040044",
                "DEXX370400440532013000",
                "89DE370400440532013000",
                "DE8937040044053201300000000000000000",
            ]);
            record.replace(Column::AccountIban as usize, iban.as_bytes());
        }
        Damage::MerchantTooLong => {
            let character = pick(&["A", "ä", "東", "🍕"]);
            record.replace(
                Column::Merchant as usize,
                character.repeat(merchant::MAX_CHARACTERS + 1).as_bytes(),
            );
        }
        Damage::MalformedId => {
            // Still the row's own, or it would be a duplicate besides.
            let prefix = pick(&["tx", "", "T", "TX-", "TXN", "TX0"]);
            let mut id = prefix.as_bytes().to_vec();
            push_padded(row, ID_DIGITS, &mut id);
            record.replace(Column::TransactionId as usize, &id);
        }
        Damage::DuplicateId => {
            let mut id = Vec::new();
            write_id(row - 1, &mut id);
            record.replace(Column::TransactionId as usize, &id);
        }
        Damage::InvalidUtf8 => {
            // Latin-1, a character cut short, an overlong form, half a surrogate pair.
            let name: &[u8] = words.choose(
                Word::DamageVariant,
                &[
                    b"Caf\xe9 Noir".as_slice(),
                    b"\xe6\x9d\xb1\xe4\xba",
                    b"Bar\xc0\xaf",
                    b"Pizza \xed\xa0\xbc",
                ],
            );
            record.replace(Column::Merchant as usize, name);
        }
        // The value as it was meant; the file format breaks its quotes.
        Damage::MalformedQuoting => {
            let name = pick(&["Cafe Noir", "Bob the Baker", "The Tea Shop"]);
            record.replace(Column::Merchant as usize, name.as_bytes());
        }
    }
}
