use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn vectors(of: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../tests/vectors.json")).unwrap();
    all[of].as_array().unwrap().clone()
}

fn day(text: &str) -> CalendarDate {
    CalendarDate::parse(text).unwrap()
}

/// The line of a bar code, with the check digits that belong to it: the reverse of what is tested.
fn bank_line(barcode: &str) -> String {
    let digit = |part: &str| (0..10).find(|digit| field_holds(part, *digit)).unwrap();
    let field = |part: String| format!("{part}{}", digit(&part));
    [
        field(format!("{}{}", &barcode[..4], &barcode[19..24])),
        field(barcode[24..34].to_owned()),
        field(barcode[34..44].to_owned()),
        barcode[4..19].to_owned(),
    ]
    .concat()
}

/// Modulus 10 in another way than the code's: doubled digits of two figures lose 9.
fn field_holds(part: &str, digit: u32) -> bool {
    let double = |value: u32| if value > 4 { 2 * value - 9 } else { 2 * value };
    let values = part.chars().rev().map(|digit| digit.to_digit(10).unwrap()).enumerate();
    let sum: u32 = values.map(|(place, value)| if place % 2 == 0 { double(value) } else { value }).sum();
    (sum + digit).is_multiple_of(10)
}

#[test]
fn published_bank_boletos_come_out() {
    let all = vectors("boleto_bancario");
    assert_eq!(all.len(), 5);
    for vector in all {
        let line = vector["linha"].as_str().unwrap();
        let boleto = Boleto::read(line).unwrap();
        assert_eq!(boleto.kind(), BoletoKind::Bank);
        assert_eq!(boleto.barcode(), vector["barcode"].as_str().unwrap(), "{line}");
        if vector["ok"] == false {
            continue;
        }
        assert_eq!(Boleto::parse(line), Ok(boleto.clone()));
        let due = day(vector["venc"].as_str().unwrap());
        assert_eq!(boleto.due_date(due), Some(due), "{line}");
        assert_eq!(due_date_factor(due).map(u64::from), vector["fator"].as_u64());
        let amount = crate::value::decimal::parse(vector["valor"].as_str().unwrap()).unwrap();
        assert_eq!(boleto.amount(), Some(Money::new(amount, Currency::BRL).unwrap()));
        assert_eq!(bank_line(&boleto.barcode()), line);
    }
}

#[test]
fn the_energy_documents_own_boleto_has_the_form_of_one_and_no_right_digit() {
    let line = "12345678901234567890123456789012345679801234567";
    let boleto = Boleto::read(line).unwrap();
    let parts = vec![BoletoPart::Field(1), BoletoPart::Field(2), BoletoPart::Field(3), BoletoPart::Whole];
    assert_eq!(boleto.check(), Err(BoletoError::CheckDigits(parts.clone())));
    assert_eq!(Boleto::parse(line), Err(BoletoError::CheckDigits(parts)));
    assert_eq!(
        Boleto::parse(line).unwrap_err().to_string(),
        "has a wrong check digit in field 1, field 2, field 3, the whole line (the general digit)"
    );
    assert_eq!(boleto.amount(), None, "its currency is not the real");
}

#[test]
fn published_utility_bills_come_out() {
    let all = vectors("boleto_arrecadacao_48");
    assert_eq!(all.len(), 1);
    for vector in all {
        let boleto = Boleto::parse(vector["linha"].as_str().unwrap()).unwrap();
        assert_eq!(boleto.kind(), BoletoKind::Collection);
        assert_eq!(boleto.barcode(), vector["barcode"].as_str().unwrap());
        assert_eq!(boleto.amount().unwrap().amount().to_string(), vector["valor"].as_str().unwrap());
        assert_eq!(boleto.due_date(day("2024-01-01")), None);
    }
}

#[test]
fn a_utility_bill_by_modulus_11_is_checked_by_it() {
    // A sample line from another project (boleto-utils), all of its digits by modulus 11.
    let fields = ["85890000460", "52460179160", "60759305086", "83148300001"];
    let line = |digits: [u32; 4]| {
        fields.iter().zip(digits).map(|(field, digit)| format!("{field}{digit}")).collect::<String>()
    };
    let boleto = Boleto::parse(&line([9, 5, 5, 0])).unwrap();
    assert_eq!(boleto.amount().unwrap().amount().to_string(), "46052.46");
    let wrong = Boleto::parse(&line([9, 5, 6, 0]));
    assert_eq!(wrong, Err(BoletoError::CheckDigits(vec![BoletoPart::Field(3)])));
}

#[test]
fn the_factor_starts_over_on_the_published_days() {
    let all = vectors("fator");
    assert_eq!(all.len(), 8);
    for vector in all {
        let (text, factor) = (vector[0].as_str().unwrap(), vector[1].as_u64().unwrap());
        assert_eq!(due_date_factor(day(text)).map(u64::from), Some(factor), "{text}");
        assert_eq!(factor::due_date(u16::try_from(factor).unwrap(), day(text)), Some(day(text)));
    }
    assert_eq!(due_date_factor(day("2000-07-02")), None);
}

#[test]
fn a_factor_is_read_as_the_day_that_is_near() {
    for (factor, today, due) in [
        (1524, "2026-07-01", "2026-07-31"),
        (1524, "2001-12-01", "2001-12-09"),
        (9999, "2025-03-01", "2025-02-21"),
        (1000, "2025-02-01", "2025-02-22"),
        (1000, "1999-01-01", "2000-07-03"),
        // 3,000 days back is still the past, one more is the next time that it comes.
        (9999, "2033-05-10", "2025-02-21"),
        (9999, "2033-05-11", "2049-10-13"),
    ] {
        assert_eq!(factor::due_date(factor, day(today)), Some(day(due)), "{factor} on {today}");
    }
    for none in [0, 1, 999] {
        assert_eq!(factor::due_date(none, day("2024-01-01")), None);
    }
}

#[test]
fn a_line_is_read_with_its_punctuation_and_printed_with_it() {
    for (printed, plain) in [
        (
            "00190.50095 40144.816069 06809.350314 3 37370000000100",
            "00190500954014481606906809350314337370000000100",
        ),
        (
            "84670000001-7 43590024020-9 02405000243-5 84221010811-9",
            "846700000017435900240209024050002435842210108119",
        ),
    ] {
        let boleto = Boleto::parse(&format!(" {printed}\n")).unwrap();
        assert_eq!((boleto.as_str(), boleto.to_string().as_str()), (plain, printed));
        assert_eq!(Boleto::parse(plain), Ok(boleto));
    }
}

#[test]
fn what_is_no_boleto_is_told_apart_from_wrong_digits() {
    let right = "00190500954014481606906809350314337370000000100";
    for (text, error) in [
        (String::new(), BoletoError::Length(0)),
        (right[1..].to_owned(), BoletoError::Length(46)),
        (format!("{right}00"), BoletoError::Length(49)),
        (format!("{right}x"), BoletoError::Character),
        (right.replace('0', "٠"), BoletoError::Character),
        (format!("{right}0"), BoletoError::NotCollection),
        (format!("815{}", "0".repeat(45)), BoletoError::NotCollection),
    ] {
        assert_eq!(Boleto::read(&text), Err(error.clone()), "{text}");
        assert_eq!(Boleto::parse(&text), Err(error), "{text}");
    }
    for (place, part) in [(9, 1), (20, 2), (31, 3)] {
        let mut wrong = right.to_owned();
        let digit = (wrong.as_bytes()[place] - b'0' + 1) % 10;
        wrong.replace_range(place..=place, &digit.to_string());
        assert_eq!(Boleto::parse(&wrong), Err(BoletoError::CheckDigits(vec![BoletoPart::Field(part)])));
    }
    let mut wrong = right.to_owned();
    wrong.replace_range(32..=32, "4");
    assert_eq!(Boleto::parse(&wrong), Err(BoletoError::CheckDigits(vec![BoletoPart::Whole])));
}

#[test]
fn a_line_is_read_back_from_the_log_whatever_its_check_digits() {
    let json = "\"12345678901234567890123456789012345679801234567\"";
    let boleto: Boleto = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&boleto).unwrap(), json);
    assert!(serde_json::from_str::<Boleto>("\"123\"").is_err());
}

proptest! {
    #[test]
    fn one_wrong_digit_in_a_field_is_found(free in "[0-9]{25}", amount in "[0-9]{10}", at in 0_usize..32, add in 1_u8..10) {
        // The general digit of this bar code is found by trying.
        let line = (1..10)
            .map(|digit| bank_line(&format!("0019{digit}1524{amount}{free}")))
            .find(|line| Boleto::parse(line).is_ok())
            .unwrap();
        let boleto = Boleto::parse(&line).unwrap();
        prop_assert_eq!(Boleto::parse(&boleto.to_string()).unwrap(), boleto);
        let digit = (line.as_bytes()[at] - b'0' + add) % 10;
        let mut wrong = line;
        wrong.replace_range(at..=at, &digit.to_string());
        prop_assert!(matches!(Boleto::parse(&wrong), Err(BoletoError::CheckDigits(_))), "{}", wrong);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[0-9. -]{0,60}|.{0,60}") {
        if let Ok(boleto) = Boleto::read(&text) {
            let _ = (boleto.check(), boleto.amount(), boleto.barcode(), boleto.to_string());
            prop_assert_eq!(boleto.barcode().len(), 44);
        }
    }

    #[test]
    fn every_day_has_a_factor_that_is_read_back_to_it(days in 0_i32..60_000, ahead in 0_i32..5500) {
        let due = day("2000-07-03").plus_days(days);
        let factor = due_date_factor(due).unwrap();
        prop_assert_eq!(factor::due_date(factor, due.plus_days(-ahead)), Some(due));
    }
}
