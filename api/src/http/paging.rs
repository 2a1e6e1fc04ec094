//! Which part of a list: `page` and `limit`, or a `cursor`.

use super::{ApiError, QueryParams};
use sunledger_projections::Paging;

/// Rows at most.
pub const MAX_LIMIT: u64 = 100;
const DEFAULT_LIMIT: u64 = 20;
/// Skipping costs as much as reading, so pages end somewhere; a cursor does not.
const MAX_PAGE: u64 = 1_000_000;
const MAX_SEARCH: usize = 255;

/// Where in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The n-th page.
    Page(u64),
    /// After the row with this number.
    Cursor(i64),
}

/// What a list was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Where.
    pub place: Place,
    /// How many, 1..=100.
    pub limit: u64,
    /// Text to look for, not blank.
    pub search: Option<String>,
}

impl PageRequest {
    /// Reads `page`, `limit`, `cursor` and `search`.
    ///
    /// # Errors
    /// 400 naming each parameter that is out of range or not a number.
    pub fn read(query: &QueryParams) -> Result<Self, ApiError> {
        let mut wrong = sunledger_domain::FieldErrors::new();
        // One that is there and empty is not a number either.
        let mut whole = |name: &str, default: u64, max: u64| match query.all(name).next() {
            None => default,
            Some(text) => in_range(text, max).unwrap_or_else(|| {
                wrong.add(name, format!("must be a whole number from 1 to {max}"));
                default
            }),
        };
        let limit = whole("limit", DEFAULT_LIMIT, MAX_LIMIT);
        let page = whole("page", 1, MAX_PAGE);
        let mut place = Place::Page(page);
        if let Some(cursor) = query.get("cursor") {
            match read_cursor(cursor) {
                Some(number) => place = Place::Cursor(number),
                None => wrong.add("cursor", "is not a cursor that this server gave"),
            }
        }
        let search = query.get("search").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if search.as_ref().is_some_and(|text| text.chars().count() > MAX_SEARCH) {
            wrong.add("search", format!("must have at most {MAX_SEARCH} characters"));
        }
        if wrong.is_empty() { Ok(Self { place, limit, search }) } else { Err(ApiError::fields(wrong)) }
    }

    /// The page's number; 1 where a cursor says where.
    pub fn page(&self) -> u64 {
        match self.place {
            Place::Page(page) => page,
            Place::Cursor(_) => 1,
        }
    }

    /// As the read models want it.
    pub fn paging(&self) -> Paging {
        match self.place {
            Place::Page(page) => Paging::Offset((page - 1).saturating_mul(self.limit)),
            Place::Cursor(number) => Paging::Cursor(number),
        }
    }

    /// How many pages so many rows make.
    pub fn pages(&self, total: i64) -> u64 {
        u64::try_from(total).unwrap_or_default().div_ceil(self.limit)
    }
}

fn in_range(text: &str, max: u64) -> Option<u64> {
    // `parse` would take "+5".
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| digits && (1..=max).contains(value))
}

/// A cursor's text. Callers are to hand it back, not to read it.
pub fn write_cursor(number: i64) -> String {
    format!("c{number:x}")
}

/// How [`write_cursor`] writes, for the API's description.
pub const CURSOR_PATTERN: &str = "^c(0|[1-9a-f][0-9a-f]{0,14})$";

/// The number in a cursor; `None` where [`write_cursor`] did not write it.
pub fn read_cursor(text: &str) -> Option<i64> {
    let number = i64::from_str_radix(text.strip_prefix('c')?, 16).ok()?;
    (number >= 0 && write_cursor(number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Result<PageRequest, ApiError> {
        PageRequest::read(&QueryParams::parse(Some(query)).unwrap())
    }

    #[test]
    fn silent_queries_get_the_defaults() {
        let request = read("").unwrap();
        assert_eq!(request, PageRequest { place: Place::Page(1), limit: 20, search: None });
        assert!(matches!(request.paging(), Paging::Offset(0)));
    }

    #[test]
    fn pages_become_offsets() {
        let request = read("page=3&limit=100&search=%20acme%20").unwrap();
        assert!(matches!(request.paging(), Paging::Offset(200)));
        assert_eq!((request.page(), request.search.as_deref()), (3, Some("acme")));
        assert_eq!(
            (request.pages(0), request.pages(1), request.pages(100), request.pages(101)),
            (0, 1, 1, 2)
        );
    }

    #[test]
    fn out_of_range_is_refused_and_named() {
        for (query, named) in [
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page=1.5", "page"),
            ("page=%2B1", "page"),
            ("page=99999999999999999999", "page"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            ("cursor=12", "cursor"),
            ("cursor=c-1", "cursor"),
            ("cursor=c0010", "cursor"),
        ] {
            let error = read(query).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.fields.unwrap().iter().any(|(field, _)| field == named), "{query}");
        }
        assert_eq!(read("page=x&limit=y").unwrap_err().fields.unwrap().iter().count(), 2);
        assert!(read(&format!("search={}", "é".repeat(255))).is_ok());
        assert!(read(&format!("search={}", "é".repeat(256))).is_err());
    }

    #[test]
    fn a_cursor_goes_before_the_page() {
        let request = read(&format!("page=9&cursor={}", write_cursor(255))).unwrap();
        assert_eq!(request.place, Place::Cursor(255));
        assert!(matches!(request.paging(), Paging::Cursor(255)));
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back(number in 0..i64::MAX) {
            prop_assert_eq!(read_cursor(&write_cursor(number)), Some(number));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in ".{0,40}") {
            if let Some(number) = read_cursor(&text) {
                prop_assert_eq!(write_cursor(number), text);
            }
        }
    }
}
