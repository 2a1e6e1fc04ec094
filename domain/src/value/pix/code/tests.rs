use super::*;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

/// The fields of an EMV text in order: two digits of tag, two of length, the value. None where it is not one.
fn fields(mut text: &str) -> Option<Vec<(&str, &str)>> {
    let mut fields = Vec::new();
    while !text.is_empty() {
        let (tag, rest) = text.split_at_checked(2)?;
        let (length, rest) = rest.split_at_checked(2)?;
        if !tag.bytes().chain(length.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (value, rest) = rest.split_at_checked(length.parse().ok()?)?;
        fields.push((tag, value));
        text = rest;
    }
    Some(fields)
}

fn find<'a>(fields: &[(&str, &'a str)], tag: &str) -> Option<&'a str> {
    fields.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value)
}

/// Whether a code's last field is its CRC, and right.
fn sum_holds(code: &str) -> bool {
    let Some((text, sum)) = code.len().checked_sub(4).and_then(|at| code.split_at_checked(at)) else {
        return false;
    };
    text.ends_with("6304") && sum == format!("{:04X}", crc16(text.as_bytes()))
}

fn vectors(of: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../../tests/vectors.json")).unwrap();
    all[of].clone()
}

fn brl(text: &str) -> Money {
    Money::new(crate::value::decimal::parse(text).unwrap(), Currency::BRL).unwrap()
}

fn payee(key: &str, name: &str, city: &str) -> PixPayee {
    // One of the published codes has a CPF with wrong check digits.
    PixPayee::new(PixKey::parse(key, false).unwrap(), name, city)
}

#[test]
fn the_sum_is_crc_16_ccitt_false() {
    let published = vectors("crc16_ccitt_false");
    assert_eq!(format!("{:04X}", crc16(b"123456789")), published["check_123456789"].as_str().unwrap());
    assert_eq!(crc16(b""), 0xffff);
}

#[test]
fn published_codes_parse_and_their_sums_hold() {
    let all = vectors("pix");
    assert_eq!(all.as_array().unwrap().len(), 5);
    for vector in all.as_array().unwrap() {
        let code = vector["v"].as_str().unwrap();
        assert!(sum_holds(code), "{code}");
        let fields = fields(code).unwrap();
        assert_eq!(find(&fields, "53"), Some(REAL), "{code}");
        let account = self::fields(find(&fields, "26").unwrap()).unwrap();
        assert_eq!(find(&account, "00").unwrap().to_ascii_lowercase(), DOMAIN);
        // A dynamic code names an address in field 25 in place of a key.
        assert_eq!(find(&account, "01").is_some(), vector["kind"] == "static", "{code}");
    }
}

#[test]
fn published_static_codes_come_out_to_the_letter() {
    let all = vectors("pix");
    let mut written = 0;
    for code in all.as_array().unwrap().iter().filter_map(|vector| vector["v"].as_str()) {
        let parsed = fields(code).unwrap();
        let account = fields(find(&parsed, "26").unwrap()).unwrap();
        let Some(key) = find(&account, "01") else { continue };
        let payee = payee(key, find(&parsed, "59").unwrap(), find(&parsed, "60").unwrap());
        let additional = fields(find(&parsed, "62").unwrap()).unwrap();
        let txid = PixTxid::parse(find(&additional, "05").unwrap()).ok();
        let made = match find(&parsed, "54") {
            Some(amount) => PixCode::new(&payee, brl(amount), txid.as_ref(), "").unwrap(),
            None => PixCode::open(&payee, txid.as_ref(), ""),
        };
        if find(&account, "00") == Some(DOMAIN) {
            assert_eq!(made.as_str(), code);
        } else {
            // One writes the domain in capitals, which changes the sum and nothing else.
            let end = code.len() - 4;
            let lower = code.replace("BR.GOV.BCB.PIX", DOMAIN);
            assert_eq!(made.as_str()[..end], lower[..end]);
        }
        written += 1;
    }
    assert_eq!(written, 3);
}

#[test]
fn names_and_cities_are_brought_to_what_a_code_can_carry() {
    for (name, city, carried_name, carried_city) in [
        ("Padaria Pão da Conceição ME", "São Paulo", "Padaria Pao da Conceicao", "Sao Paulo"),
        ("  Sol\t&  Cia.\n", "São José dos Campos", "Sol & Cia.", "Sao Jose dos Ca"),
        ("株式会社", "", "RECEBEDOR", "BRASIL"),
        ("Nº 1 – “Sol”", "Mogi-Guaçu", "No 1 Sol", "Mogi-Guacu"),
    ] {
        let payee = payee("a@b.example", name, city);
        assert_eq!((payee.name(), payee.city()), (carried_name, carried_city));
    }
}

#[test]
fn a_description_takes_the_room_that_the_key_leaves() {
    let long = "x".repeat(200);
    for (key, room) in [
        ("123e4567-e12b-12d1-a456-426655440000", 37),
        ("52998224725", 62),
        (format!("{}@acme.example", "a".repeat(64)).as_str(), 0),
        (format!("{}@acme.example", "a".repeat(60)).as_str(), 0),
        (format!("{}@acme.example", "a".repeat(59)).as_str(), 1),
    ] {
        let code = PixCode::open(&payee(key, "N", "C"), None, &long);
        let parsed = fields(code.as_str()).unwrap();
        let account = fields(find(&parsed, "26").unwrap()).unwrap();
        assert_eq!(find(&account, "02").unwrap_or_default().len(), room, "{key}");
        assert_eq!(find(&account, "01"), Some(key));
    }
}

#[test]
fn only_an_amount_in_reais_that_can_be_paid_has_a_code() {
    let payee = payee("a@b.example", "N", "C");
    let code = |amount| PixCode::new(&payee, amount, None, "");
    assert!(code(brl("0.01")).is_ok() && code(brl("9999999999.99")).is_ok());
    assert!(code(brl("0")).is_err() && code(brl("-1")).is_err() && code(brl("10000000000")).is_err());
    assert!(code(Money::new(Decimal::ONE, Currency::USD).unwrap()).is_err());
    assert!(code(brl("7")).unwrap().as_str().contains("54047.00"), "always two decimals");
}

#[test]
fn a_number_becomes_an_id_of_letters_and_digits() {
    let id = |number: &str| PixTxid::of_number(number).map(|id| id.as_str().to_owned());
    assert_eq!(id("INV-0001").as_deref(), Some("INV0001"));
    assert_eq!(id(&format!("{}42", "A-".repeat(40))), Some(format!("{}42", "A".repeat(23))));
    assert_eq!(id("Fatura nº 7/é").as_deref(), Some("Faturan7"));
    assert_eq!(id("—"), None);
    for wrong in ["", "a b", "***", "é", &"a".repeat(26)] {
        assert!(PixTxid::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn every_code_parses_back_and_its_sum_holds(
        key in prop_oneof![
            Just("52998224725".to_owned()),
            "\\+55[1-9]{2}9[0-9]{8}",
            "[a-z0-9]{1,60}@[a-z0-9]{1,10}\\.br",
            any::<u128>().prop_map(|id| uuid::Uuid::from_u128(id).to_string()),
        ],
        name in any::<String>(),
        city in ".{0,40}",
        centavos in proptest::option::of(1_i64..=999_999_999_999),
        number in ".{0,40}",
        description in ".{0,120}",
    ) {
        let payee = payee(&key, &name, &city);
        let txid = PixTxid::of_number(&number);
        let amount = centavos.map(|amount| Money::new(Decimal::new(amount, 2), Currency::BRL).unwrap());
        let code = match amount {
            Some(amount) => PixCode::new(&payee, amount, txid.as_ref(), &description).unwrap(),
            None => PixCode::open(&payee, txid.as_ref(), &description),
        };
        prop_assert!(code.as_str().bytes().all(|byte| matches!(byte, b' '..=b'~')));
        prop_assert!(sum_holds(code.as_str()), "{}", code);
        let parsed = fields(code.as_str()).unwrap();
        let tags: Vec<&str> = parsed.iter().map(|(tag, _)| *tag).collect();
        prop_assert!(tags.is_sorted() && tags.first() == Some(&"00") && tags.last() == Some(&"63"));
        let account = fields(find(&parsed, "26").unwrap()).unwrap();
        prop_assert_eq!(find(&account, "01"), Some(payee.key().as_str()));
        prop_assert_eq!(find(&parsed, "54").map(str::to_owned), amount.map(|amount| amount.amount().to_string()));
        prop_assert_eq!(find(&parsed, "59"), Some(payee.name()));
        prop_assert_eq!(find(&parsed, "60"), Some(payee.city()));
        prop_assert!((1..=25).contains(&payee.name().len()) && (1..=15).contains(&payee.city().len()));
        let additional = fields(find(&parsed, "62").unwrap()).unwrap();
        prop_assert_eq!(find(&additional, "05"), Some(txid.as_ref().map_or("***", PixTxid::as_str)));
    }

    #[test]
    fn one_changed_character_breaks_the_sum(at in 0_usize..100, to in "[ -~]") {
        let code = PixCode::open(&payee("a@b.example", "Acme", "Campinas"), None, "");
        let at = at % code.as_str().len();
        let mut changed = code.as_str().to_owned();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(sum_holds(&changed), changed == code.as_str());
    }
}
