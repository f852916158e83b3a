//! How many records were looked at, and what that says of how sure a schema is.

/// How many records were looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// How many are looked at, if not all.
    pub(super) most: Option<u64>,
    /// Records that the schema is made of.
    pub(super) good: u64,
    /// Records with another number of cells than there are columns, or none at all.
    pub(super) misshapen: u64,
    /// Records that are no data, whatever a schema says.
    pub(super) flawed: u64,
}

impl Seen {
    /// Every record that was looked at.
    pub(super) fn all(&self) -> u64 {
        self.good + self.misshapen + self.flawed
    }

    /// Whether no more records are looked at.
    pub(super) fn are_enough(&self) -> bool {
        self.most == Some(self.all())
    }

    /// What the schema was made of, and so how sure it is.
    pub(super) fn made_of(&self, files: &[String]) -> String {
        let count = self.all();
        let files = files.join(", ");
        let mut text = if self.are_enough() {
            format!(
                "Made by partition-worker describe of the first {count} records of {files}: others \
                 may not fit"
            )
        } else {
            format!("Made by partition-worker describe of all {count} records of {files}")
        };
        if self.misshapen > 0 {
            text.push_str(&format!(
                "; {} records have another number of cells than there are columns, and will be \
                 rejected",
                self.misshapen
            ));
        }
        if self.flawed > 0 {
            text.push_str(&format!(
                "; {} records are malformed, and will be rejected",
                self.flawed
            ));
        }
        text
    }
}
