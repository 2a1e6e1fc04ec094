//! Symbols and minor units of ISO 4217 currencies.

use crate::text::clean_line;

/// Decimals of a currency's minor unit by ISO 4217; 2 for a code that is not known.
pub(super) fn minor_unit(code: &str) -> u32 {
    match code.trim().to_ascii_uppercase().as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// What stands for a currency in a region: its symbol where that says which currency it is, else the code.
pub(super) fn symbol(code: &str, region: &[u8; 2]) -> String {
    let code = code.trim().to_ascii_uppercase();
    let home = match code.as_str() {
        "USD" => matches!(region, b"US" | b"PR" | b"EC" | b"SV" | b"PA"),
        "CAD" => region == b"CA",
        "AUD" => region == b"AU",
        "NZD" => region == b"NZ",
        "MXN" => region == b"MX",
        "ARS" => region == b"AR",
        "CLP" => region == b"CL",
        "COP" => region == b"CO",
        "UYU" => region == b"UY",
        "SGD" => region == b"SG",
        "HKD" => region == b"HK",
        _ => false,
    };
    if home {
        return "$".to_owned();
    }
    let symbol = match code.as_str() {
        "USD" => "US$",
        "CAD" => "CA$",
        "AUD" => "A$",
        "NZD" => "NZ$",
        "MXN" => "MX$",
        "HKD" => "HK$",
        "TWD" => "NT$",
        "BRL" => "R$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "CNY" => "CN¥",
        "INR" => "₹",
        "KRW" => "₩",
        "ILS" => "₪",
        "VND" => "₫",
        "PHP" => "₱",
        "NGN" => "₦",
        "UAH" => "₴",
        "TRY" => "₺",
        "PLN" => "zł",
        "CZK" => "Kč",
        "HUF" => "Ft",
        "ZAR" => "R",
        "PYG" => "₲",
        "CRC" => "₡",
        "PEN" => "S/",
        // A code is three letters; more than a few would be a mistake that must not take over the page.
        _ => return clean_line(&code).chars().take(8).collect(),
    };
    symbol.to_owned()
}
