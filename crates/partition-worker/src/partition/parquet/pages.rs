//! The pages of one column of a row group. The library takes it for its own mistake when a page
//! needs a dictionary that was not there, and a damaged file may well have such a page.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::serialized_reader::SerializedPageReader;

use super::window::Window;

/// Pages, each of which has the dictionary that it needs.
pub(super) struct Pages {
    pages: SerializedPageReader<Window>,
    has_dictionary: bool,
}

impl Pages {
    /// These pages, from the first one on.
    pub(super) fn new(pages: SerializedPageReader<Window>) -> Pages {
        Pages { pages, has_dictionary: false }
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        match page.as_ref().map(Page::encoding) {
            _ if matches!(page, Some(Page::DictionaryPage { .. })) => self.has_dictionary = true,
            Some(Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY) if !self.has_dictionary => {
                return Err(ParquetError::General("a page lacks its dictionary".to_owned()));
            }
            _ => {}
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
