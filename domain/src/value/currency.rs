//! ISO 4217 currencies and their minor units.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Codes with another number of decimals than two.
const NOT_TWO: [(&str, u32); 26] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Every code that money is kept in, sorted. A code never leaves this list, since the log may have it: ANG
/// (until 2025) and BGN (until 2026) stay. Codes without a minor unit (gold, test) are not money here.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP \
BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP \
LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK \
PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP \
TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ";

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Brazilian real, a new tenant's currency.
    pub const BRL: Currency = Currency(*b"BRL");
    /// US dollar, the currency of commissions.
    pub const USD: Currency = Currency(*b"USD");

    /// Takes a code, in either case.
    ///
    /// # Errors
    /// A field message where no current currency has that code.
    pub fn parse(code: &str) -> Result<Self, &'static str> {
        let code = code.trim().to_ascii_uppercase();
        let known = codes().binary_search_by(|known| known[..3].cmp(code.as_bytes()));
        known.map(|place| Self::at(&codes()[place])).map_err(|_| "must be an ISO 4217 currency code")
    }

    fn at(code: &[u8; 4]) -> Self {
        Self([code[0], code[1], code[2]])
    }

    /// The code, upper case.
    pub fn code(&self) -> &str {
        // The bytes come out of the table of ASCII codes.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimals of the minor unit: 2 for most, 0 for the yen, 3 for the Kuwaiti dinar.
    pub fn minor_unit(self) -> u32 {
        NOT_TWO.iter().find(|(code, _)| code.as_bytes() == self.0).map_or(2, |(_, places)| *places)
    }

    /// All currencies, by code.
    pub fn all() -> impl Iterator<Item = Currency> {
        codes().iter().map(Self::at)
    }
}

/// The codes, each with the space after it.
fn codes() -> &'static [[u8; 4]] {
    CODES.as_bytes().as_chunks().0
}

impl Default for Currency {
    fn default() -> Self {
        Self::BRL
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let code = String::deserialize(input)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        for (code, places) in [
            ("BRL", 2),
            ("USD", 2),
            ("EUR", 2),
            ("JPY", 0),
            ("XPF", 0),
            ("KWD", 3),
            ("CLF", 4),
            ("MGA", 2),
            ("HUF", 2),
        ] {
            assert_eq!(Currency::parse(code).unwrap().minor_unit(), places, "{code}");
        }
        let with = |places| Currency::all().filter(|currency| currency.minor_unit() == places).count();
        assert_eq!((with(0), with(3), with(4)), (17, 7, 2));
    }

    #[test]
    fn every_code_is_listed_once_in_order_and_round_trips() {
        let all: Vec<Currency> = Currency::all().collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "sorted, no code twice");
        assert!(NOT_TWO.iter().all(|(code, _)| Currency::parse(code).is_ok()));
        for currency in all {
            assert_eq!(Currency::parse(currency.code()), Ok(currency));
            let json = serde_json::to_string(&currency).unwrap();
            assert_eq!(serde_json::from_str::<Currency>(&json).unwrap(), currency);
        }
    }

    #[test]
    fn either_case_is_taken_and_what_is_no_currency_refused() {
        assert_eq!(Currency::parse("usd"), Ok(Currency::USD));
        for wrong in ["", "US", "USDD", "XXX", "XAU", "R$", "US ", "ÄÖ"] {
            assert!(Currency::parse(wrong).is_err(), "{wrong}");
        }
    }
}
