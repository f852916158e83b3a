//! A table for people: columns under their titles, numbers aligned to the right.

use std::fmt::Write as _;

/// Rows of text under titles.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these titles.
    pub fn new(titles: &[&str]) -> Self {
        Table { rows: vec![titles.iter().map(|&title| title.to_owned()).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table as lines of text. The first column, and others that hold words, are aligned to
    /// the left.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell =
            |row: &'_ Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let mut text = String::new();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0)
            })
            .collect();
        let numeric: Vec<bool> = (0..columns)
            .map(|column| self.rows.iter().skip(1).all(|row| is_number(&cell(row, column))))
            .collect();
        for row in &self.rows {
            let mut line = String::new();
            for column in 0..columns {
                let (cell, width) = (cell(row, column), widths[column]);
                // Writing to a String cannot fail.
                let _ = match numeric[column] {
                    true => write!(line, "{cell:>width$}  "),
                    false => write!(line, "{cell:<width$}  "),
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn is_number(cell: &str) -> bool {
    cell.chars().all(|character| character.is_ascii_digit() || " ,.%-".contains(character))
}

/// A number with a comma at every third digit.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let mut table = Table::new(&["name", "rows", "share"]);
        table.row(vec!["a".to_owned(), grouped(1_234_567), "2.0 %".to_owned()]);
        table.row(vec!["total".to_owned(), grouped(12), "10.0 %".to_owned()]);
        assert_eq!(
            table.render(),
            "name        rows   share\na      1,234,567   2.0 %\ntotal         12  10.0 %\n"
        );
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let all = [0, 999, 1000, 12_345, 1_000_000].map(grouped);
        assert_eq!(all, ["0", "999", "1,000", "12,345", "1,000,000"]);
    }
}
