//! Invoices as companies send them, in several countries and scripts.
#![allow(dead_code, reason = "each test binary takes the samples that it needs")]

pub(crate) mod energy;
pub(crate) mod production;

use jiff::civil::date;
use rust_decimal::Decimal;
use sunledger_documents::{InvoiceDocument, Issuer, Line, Party, Payment, Status, TaxAmount};

/// A Pix "copia e cola" of usual length.
pub(crate) const PIX: &str = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-42665544000052040000530398654071043.71\
5802BR5925SOLAR DO VALE ENERGIA LTD6009SAO PAULO62140510FAT00004216304A13B";

/// A PNG image of four by two pixels.
pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x02, 0x08, 0x06, 0x00, 0x00, 0x00, 0x7f, 0xa8, 0x7d, 0x63, 0x00,
    0x00, 0x00, 0x11, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xe0, 0x8f, 0x49, 0xfe, 0x8f, 0x8c, 0x19,
    0xd0, 0x05, 0x00, 0xe9, 0xae, 0x0e, 0x69, 0xe3, 0x66, 0x2d, 0x71, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
    0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn party(name: &str, tax_id: &str, address: &[&str], email: &str, phone: &str) -> Party {
    Party {
        name: name.to_owned(),
        tax_id: tax_id.to_owned(),
        address: strings(address),
        email: email.to_owned(),
        phone: phone.to_owned(),
    }
}

/// A line: hundredths of the quantity, hundredths of the price, percent of tax, hundredths of the tax.
fn line(description: &str, quantity: i64, price: i64, rate: i64, tax: i64) -> Line {
    let (quantity, unit_price) = (Decimal::new(quantity, 2), Decimal::new(price, 2));
    Line {
        description: description.to_owned(),
        quantity,
        unit_price,
        tax_rate: Decimal::from(rate),
        tax: Decimal::new(tax, 2),
        amount: quantity.checked_mul(unit_price).unwrap_or_default(),
    }
}

/// An energy invoice in Brazil, to be paid with Pix.
pub(crate) fn brazilian() -> InvoiceDocument {
    let amount = Decimal::new(104_371, 2);
    let discount = Decimal::new(26_093, 2);
    InvoiceDocument {
        issuer: Issuer {
            party: party(
                "Solar do Vale Energia Ltda.",
                "12.345.678/0001-95",
                &["Av. Paulista, 1578, conj. 142", "Bela Vista – São Paulo/SP", "CEP 01310-200"],
                "financeiro@solardovale.com.br",
                "+55 11 3456-7890",
            ),
            logo: None,
        },
        client: party(
            "Padaria Pão da Conceição ME",
            "529.982.247-25",
            &["Rua das Acácias, 45", "Jardim América – Goiânia/GO", "CEP 74255-110"],
            "contato@paodaconceicao.com.br",
            "+55 62 98765-4321",
        ),
        number: "FAT-000421".to_owned(),
        status: Status::Open,
        issue_date: date(2024, 6, 1),
        due_date: Some(date(2024, 6, 15)),
        currency: "BRL".to_owned(),
        facts: vec![
            ("Competência".to_owned(), "05/2024".to_owned()),
            ("Unidade consumidora".to_owned(), "10 / 3.045.118-7".to_owned()),
        ],
        lines: vec![Line {
            description:
                "Energia compensada\nCréditos de 1.528 kWh da Usina Solar Vale Verde, leitura de 02/05 a \
                              31/05/2024"
                    .to_owned(),
            quantity: Decimal::from(1528),
            unit_price: Decimal::new(853_818, 6),
            amount: Decimal::new(130_464, 2),
            ..Line::default()
        }],
        subtotal: Decimal::new(130_464, 2),
        discount,
        total: amount,
        balance_due: amount,
        notes: "Você economizou R$ 260,93 neste mês com a energia solar por assinatura.".to_owned(),
        terms: "Após o vencimento, multa de 2% e juros de 1% ao mês.".to_owned(),
        payment_details: strings(&["Solar do Vale Energia Ltda.", "Chave Pix (CNPJ): 12.345.678/0001-95"]),
        pix: Some(PIX.to_owned()),
        locale: "pt-BR".to_owned(),
        ..InvoiceDocument::default()
    }
}

/// A partly paid American invoice of so many lines.
pub(crate) fn american(lines: usize) -> InvoiceDocument {
    const WORK: [&str; 5] = [
        "Solar module 440 W, monocrystalline, black frame",
        "String inverter 7.6 kW with arc-fault protection and rapid shutdown, installed and commissioned on site",
        "Roof mounting, per module",
        "Permit and interconnection application\nCity of San Diego, permit 2024-118\nIncludes two site inspections",
        "Labor",
    ];
    let lines: Vec<Line> = (0_i64..)
        .zip(WORK.iter().cycle())
        .take(lines)
        .map(|(index, work)| {
            line(work, 100 + (index % 7) * 150, 12_500 + index * 317, 10, 1_250 + index * 31)
        })
        .collect();
    let sum = |of: fn(&Line) -> Decimal| lines.iter().map(of).fold(Decimal::ZERO, |a, b| a.saturating_add(b));
    let (subtotal, tax) = (sum(|line| line.amount), sum(|line| line.tax));
    let total = subtotal.saturating_add(tax);
    let paid = Decimal::from(2500);
    InvoiceDocument {
        issuer: Issuer {
            party: party(
                "Brightfield Solar, Inc.",
                "EIN 12-3456789",
                &["1200 Harbor Drive, Suite 400", "San Diego, CA 92101"],
                "billing@brightfield.example",
                "+1 619 555 0100",
            ),
            logo: None,
        },
        client: party(
            "Acme Corp",
            "US-123456789",
            &["123 Main St", "New York, NY 10001"],
            "ap@acme.example",
            "+1-555-0100",
        ),
        number: "INV-0042".to_owned(),
        status: Status::PartiallyPaid,
        issue_date: date(2024, 6, 1),
        due_date: Some(date(2024, 7, 1)),
        currency: "USD".to_owned(),
        taxes: vec![TaxAmount { rate: Decimal::from(10), amount: tax }],
        subtotal,
        tax_total: tax,
        total,
        paid,
        balance_due: total.saturating_sub(paid),
        payments: vec![
            Payment {
                date: date(2024, 6, 3),
                method: "ACH transfer".to_owned(),
                amount: Decimal::from(1500),
            },
            Payment { date: date(2024, 6, 20), method: "Check 1024".to_owned(), amount: Decimal::from(1000) },
        ],
        notes: "Thank you for your business.".to_owned(),
        terms: "Payment due within 30 days. Late payments accrue 1.5% per month.".to_owned(),
        payment_details: strings(&["First Pacific Bank", "Routing 122000661 · Account 000123456789"]),
        locale: "en-US".to_owned(),
        lines,
        ..InvoiceDocument::default()
    }
}

/// An overdue German invoice of two tax rates and a discount.
pub(crate) fn german() -> InvoiceDocument {
    InvoiceDocument {
        issuer: Issuer {
            party: party(
                "Sonnenkraft Böhm & Söhne GmbH",
                "USt-IdNr. DE123456789",
                &["Große Bleichen 21", "20354 Hamburg"],
                "rechnung@sonnenkraft-boehm.example",
                "+49 40 123456-0",
            ),
            logo: None,
        },
        client: party(
            "Grundstücksverwaltungsgesellschaft Süderelbe mbH & Co. KG",
            "DE987654321",
            &["Buchhaltung", "Straße des 17. Juni 135", "10623 Berlin"],
            "buchhaltung@suederelbe.example",
            "",
        ),
        number: "RE-2024-0815".to_owned(),
        status: Status::Overdue,
        issue_date: date(2024, 3, 4),
        due_date: Some(date(2024, 4, 3)),
        currency: "EUR".to_owned(),
        lines: vec![
            line("Photovoltaikanlage 9,8 kWp, schlüsselfertig montiert", 100, 1_284_000, 0, 0),
            line("Wartungsvertrag Batteriespeicher\nLaufzeit 12 Monate", 1200, 3_990, 19, 9_097),
            line("Fachliteratur", 300, 2_450, 7, 515),
        ],
        subtotal: Decimal::new(1_339_230, 2),
        taxes: vec![
            TaxAmount { rate: Decimal::from(7), amount: Decimal::new(515, 2) },
            TaxAmount { rate: Decimal::from(19), amount: Decimal::new(9_097, 2) },
        ],
        tax_total: Decimal::new(9_612, 2),
        discount: Decimal::new(20_000, 2),
        total: Decimal::new(1_328_842, 2),
        balance_due: Decimal::new(1_328_842, 2),
        notes: "Leistungszeitraum: Februar 2024".to_owned(),
        payment_details: strings(&["IBAN DE89 3704 0044 0532 0130 00", "BIC COBADEFFXXX"]),
        locale: "de-DE".to_owned(),
        ..InvoiceDocument::default()
    }
}

/// A paid invoice between Japanese companies, in a locale without labels of its own.
pub(crate) fn japanese() -> InvoiceDocument {
    let total = Decimal::from(1_298_000);
    InvoiceDocument {
        issuer: Issuer {
            party: party(
                "株式会社さくら太陽光発電",
                "T1234567890123",
                &["〒150-0002 東京都渋谷区渋谷2-21-1", "渋谷ヒカリエ 18階"],
                "info@sakura-solar.example.jp",
                "03-1234-5678",
            ),
            logo: None,
        },
        client: party(
            "髙橋エネルギー合同会社 御中",
            "",
            &["大阪府大阪市北区梅田3丁目1番3号"],
            "keiri@takahashi.example.jp",
            "06-9876-5432",
        ),
        number: "請求-2024-007".to_owned(),
        status: Status::Paid,
        issue_date: date(2024, 6, 1),
        due_date: Some(date(2024, 6, 30)),
        currency: "JPY".to_owned(),
        lines: vec![
            Line {
                description: "太陽光パネル設置工事一式\n屋根補強、配線および系統連系の申請手続きを含む。保証期間は引渡しの日から十年間とする。"
                    .to_owned(),
                quantity: Decimal::ONE,
                unit_price: Decimal::from(1_180_000),
                tax_rate: Decimal::TEN,
                tax: Decimal::from(118_000),
                amount: Decimal::from(1_180_000),
            },
        ],
        subtotal: Decimal::from(1_180_000),
        taxes: vec![TaxAmount { rate: Decimal::TEN, amount: Decimal::from(118_000) }],
        tax_total: Decimal::from(118_000),
        total,
        paid: total,
        payments: vec![Payment { date: date(2024, 6, 28), method: "銀行振込".to_owned(), amount: total }],
        notes: "お取引ありがとうございます。".to_owned(),
        locale: "ja-JP".to_owned(),
        page_size: Some(sunledger_documents::PageSize::A4),
        ..InvoiceDocument::default()
    }
}

/// A draft for an Arabic client, with names in every script that the fonts have.
pub(crate) fn arabic() -> InvoiceDocument {
    InvoiceDocument {
        client: party(
            "شركة الطاقة الشمسية المتجددة (ذ.م.م)",
            "300012345600003",
            &["شارع الملك فهد، مبنى 12", "الرياض 11564", "المملكة العربية السعودية"],
            "billing@taqa.example.sa",
            "+966 11 123 4567",
        ),
        number: "INV-0099".to_owned(),
        status: Status::Draft,
        currency: "SAR".to_owned(),
        lines: vec![
            line("تركيب الألواح الشمسية 10 kW على السطح", 100, 2_500_000, 15, 375_000),
            line("משלוח לתל אביב (ABC-12)", 200, 15_000, 0, 0),
            line("सौर पैनल स्थापना क्षेत्र", 100, 9_900, 15, 1_485),
            line("ติดตั้งแผงโซลาร์เซลล์", 100, 9_900, 15, 1_485),
            line("Монтаж, Εγκατάσταση, Lắp đặt tấm pin mặt trời, 태양광 설치, 🧿", 100, 9_900, 15, 1_485),
        ],
        notes: "الدفع خلال 30 يومًا من تاريخ الفاتورة.\nشكرًا لتعاملكم معنا.".to_owned(),
        terms: String::new(),
        payments: Vec::new(),
        paid: Decimal::ZERO,
        balance_due: Decimal::new(2_919_155, 2),
        total: Decimal::new(2_919_155, 2),
        subtotal: Decimal::new(2_559_700, 2),
        taxes: vec![TaxAmount { rate: Decimal::from(15), amount: Decimal::new(379_455, 2) }],
        tax_total: Decimal::new(379_455, 2),
        locale: "en-GB".to_owned(),
        ..american(0)
    }
}
