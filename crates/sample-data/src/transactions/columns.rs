//! The columns of a transaction: their order, their names, and how an id is written.

use crate::number::push_padded;

/// The columns that must hold a value, in the order of the file. After them comes `reference`,
/// which may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    TransactionId,
    Timestamp,
    AccountIban,
    Merchant,
    Amount,
    Currency,
    Status,
}

impl Column {
    /// All of them.
    pub(crate) const REQUIRED: [Column; 7] = [
        Column::TransactionId,
        Column::Timestamp,
        Column::AccountIban,
        Column::Merchant,
        Column::Amount,
        Column::Currency,
        Column::Status,
    ];
}

/// The columns' names, in the order of the file.
pub const COLUMNS: [&str; 8] = [
    "transaction_id",
    "timestamp",
    "account_iban",
    "merchant",
    "amount",
    "currency",
    "status",
    "reference",
];

/// The digits of a transaction id.
pub(crate) const ID_DIGITS: usize = 10;

/// Appends the id of a row.
pub(crate) fn write_id(row: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"TX");
    push_padded(row, ID_DIGITS, out);
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Column};

    #[test]
    fn the_columns_names_stand_in_the_columns_order() {
        assert_eq!(COLUMNS[Column::AccountIban as usize], "account_iban");
        assert_eq!(COLUMNS[Column::Status as usize], "status");
        assert_eq!(COLUMNS[Column::REQUIRED.len()..], ["reference"]);
    }
}
