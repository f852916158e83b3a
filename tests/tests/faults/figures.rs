//! What a scenario came to, as one line of the table.

use std::{fs::OpenOptions, io::Write as _};

/// One line.
#[derive(Debug)]
pub struct Figures {
    pub scenario: &'static str,
    /// What was done to it.
    pub injected: String,
    /// Tasks or runs that ended as they should.
    pub survived: usize,
    pub lost: usize,
    pub doubled: usize,
}

impl Figures {
    /// Prints the line, and appends it to the file that `FAULTS_TABLE` names.
    pub fn tell(&self) {
        let Figures { scenario, injected, survived, lost, doubled } = self;
        let line = format!("| {scenario} | {injected} | {survived} | {lost} | {doubled} |\n");
        eprint!("{line}");
        if let Some(path) = std::env::var_os("FAULTS_TABLE") {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .expect("the table can be written");
            file.write_all(line.as_bytes()).expect("the table can be written");
        }
    }

    /// Tells, and fails when anything was lost or doubled.
    #[track_caller]
    pub fn expect_none_lost_or_doubled(&self) {
        self.tell();
        assert_eq!((self.lost, self.doubled), (0, 0), "{self:?}");
    }
}
