//! Columns in one order, and those that a file lacks, for files whose columns differ.

/// The columns that texts are to have, whatever columns their files have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Union {
    columns: Vec<UnionColumn>,
    any_case: bool,
}

/// A column of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnionColumn {
    /// Its name.
    pub name: Vec<u8>,
    /// The cell that it has in a file without it; `None` if every file must have it.
    pub missing: Option<Vec<u8>>,
}

/// Where the columns stand in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The column of the file, from 0, if it has it.
    of_columns: Vec<Option<usize>>,
    /// How many columns the file has.
    width: usize,
}

impl Union {
    /// These columns, in this order.
    pub fn new(columns: Vec<UnionColumn>) -> Union {
        Union { columns, any_case: false }
    }

    /// The same for files whose names may be in another case.
    #[must_use]
    pub fn in_any_case(self) -> Union {
        Union { any_case: true, ..self }
    }

    /// The header.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.columns.iter().map(|column| column.name.as_slice())
    }

    /// Where they stand in a file with this header. `None` if it lacks one that must be there, has
    /// another one, or has one twice: then the file is left as it is, and whoever reads its header
    /// sees what is wrong with it.
    pub(super) fn places(&self, header: &[Vec<u8>]) -> Option<Places> {
        let mut found = 0;
        let place = |column: &UnionColumn| -> Option<Option<usize>> {
            let is_same = |place: &usize| self.is_same(&header[*place], &column.name);
            let mut places = (0..header.len()).filter(is_same);
            match (places.next(), places.next()) {
                (Some(place), None) => {
                    found += 1;
                    Some(Some(place))
                }
                (None, _) if column.missing.is_some() => Some(None),
                _ => None,
            }
        };
        let of_columns = self.columns.iter().map(place).collect::<Option<Vec<_>>>()?;
        (found == header.len()).then_some(Places { of_columns, width: header.len() })
    }

    fn is_same(&self, name: &[u8], column: &[u8]) -> bool {
        let lower = |name: &[u8]| std::str::from_utf8(name).map(str::to_lowercase);
        name == column || (self.any_case && lower(name).is_ok_and(|n| Ok(n) == lower(column)))
    }

    /// The cells of a row of the file, in the order of the columns; `None` if the row has another
    /// number of them than the header.
    pub(super) fn row<'c>(&'c self, places: &Places, cells: &[&'c [u8]]) -> Option<Vec<&'c [u8]>> {
        let cell = |(column, place): (&'c UnionColumn, &Option<usize>)| match place {
            Some(place) => cells[*place],
            None => column.missing.as_deref().unwrap_or_default(),
        };
        (cells.len() == places.width)
            .then(|| self.columns.iter().zip(&places.of_columns).map(cell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn union() -> Union {
        let column = |name: &str, missing: Option<&str>| UnionColumn {
            name: name.into(),
            missing: missing.map(Into::into),
        };
        Union::new(vec![column("id", None), column("note", Some("-")), column("amount", Some(""))])
    }

    fn places(header: &[&str]) -> Option<Places> {
        union().places(&header.iter().map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_are_put_in_order_and_missing_ones_have_their_cell() {
        let (union, places) = (union(), places(&["amount", "id"]).unwrap());
        assert_eq!(union.row(&places, &[b"1", b"a"]), Some(vec![b"a".as_slice(), b"-", b"1"]));
        assert_eq!(union.row(&places, &[b"1"]), None);
        assert_eq!(union.row(&places, &[b"1", b"a", b""]), None);
    }

    #[test]
    fn names_may_be_in_another_case_where_that_is_said() {
        let header = ["Amount", "ID"].map(|name| name.as_bytes().to_vec());
        assert_eq!(union().places(&header), None);
        let union = union().in_any_case();
        let places = union.places(&header).unwrap();
        assert_eq!(union.row(&places, &[b"1", b"a"]), Some(vec![b"a".as_slice(), b"-", b"1"]));
        let twice = ["id", "ID"].map(|name| name.as_bytes().to_vec());
        assert_eq!(union.places(&twice), None);
    }

    #[test]
    fn a_header_that_does_not_fit_is_left_as_it_is() {
        for header in [&["amount"][..], &["id", "other"], &["id", "id"], &["ID"], &[]] {
            assert_eq!(places(header), None, "{header:?}");
        }
    }
}
