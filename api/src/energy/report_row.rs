//! A row of the billing report: an energy invoice with every field of the document's sample, under its names and in its
//! order. Figures are printed exactly as they were computed; only what was paid is money with its centavos.

use crate::csv::Cell;
use crate::http;
use crate::pix;
use crate::wire::{Amount, Number};
use serde::Serialize;
use sunledger_domain::client::Client;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::invoice::{Invoice, InvoiceEnergy, InvoiceStatus, Payment};
use sunledger_domain::portuguese::{date, month, month_and_year, short_month_and_year};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Address, CalendarDate, Competence};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a row shows beside the invoice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    /// The consumer unit that was billed, where it is still there.
    pub(super) unit: Option<&'a ConsumerUnit>,
    /// Who is billed, where they are still there.
    pub(super) client: Option<&'a Client>,
    /// The company.
    pub(super) profile: &'a Tenant,
    /// Where the invoice's PDF can be had.
    pub(super) pdf: Option<&'a str>,
}

/// A row's struct, with its columns' names for JSON, schema and CSV in one place.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $field:ident = $printed:tt: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Serialize, ToSchema)]
        #[schema(as = energy::BillingRow)]
        pub(super) struct $name {
            $($(#[$about])* #[serde(rename = $printed)] $field: $type,)*
        }

        impl $name {
            /// The names of the columns.
            pub(super) const COLUMNS: &'static [&'static str] = &[$($printed),*];

            /// The cells of the columns.
            pub(super) fn cells(&self) -> Vec<&dyn Cell> {
                vec![$(&self.$field),*]
            }
        }
    };
}

row! {
    /// An energy invoice in the billing report.
    BillingRow {
        /// The invoice's id.
        id = "_id": Uuid,
        /// How the unit was connected.
        #[schema(example = "TRIFÁSICO")]
        installation_type = "nomeTipoInstalacao": &'static str,
        /// Whom the utility bills: the unit's account holder, else its client.
        #[schema(example = "SUNNE SISTEMA DE WEB LTDA")]
        account_owner = "titularDaConta": Option<String>,
        /// The unit's number at the utility when it was billed.
        #[schema(example = "132456798")]
        account_number = "numeroDoCliente": String,
        /// The account's CPF or CNPJ, else the client's.
        #[schema(example = "11.222.333/0001-81")]
        tax_id = "cpfCnpj": Option<String>,
        /// The unit's address, else the client's.
        #[schema(example = "Rua Exemplo, 123 - Centro - São Paulo SP 01234-567")]
        address = "endereco": Option<String>,
        /// The month that is billed.
        #[schema(example = "Março")]
        month = "mesCompetencia": &'static str,
        /// The month that is billed, MM/YYYY.
        #[schema(example = "03/2024")]
        competence = "dataCompetencia": String,
        /// The month that is billed, in words.
        #[schema(example = "Março 2024")]
        competence_in_words = "dataCompetenciaExtenso": String,
        /// The month in which the meter was read, in words.
        #[schema(example = "Mar 2024")]
        current_reading_in_words = "dataLeituraAtualExtenso": String,
        /// The day the meter was read.
        #[schema(example = "06/03/2024")]
        current_reading = "dataLeituraAtual": String,
        /// The month in which the meter was read before, in words.
        #[schema(example = "Fev 2024")]
        previous_reading_in_words = "dataLeituraAnteriorExtenso": String,
        /// The day the meter was read before.
        #[schema(example = "02/02/2024")]
        previous_reading = "dataLeituraAnterior": String,
        /// The day the meter will be read.
        #[schema(example = "05/04/2024")]
        next_reading = "dataLeituraFutura": String,
        /// The month in which the meter will be read, in words.
        #[schema(example = "Abr 2024")]
        next_reading_in_words = "dataLeituraFuturaExtenso": String,
        /// The day the utility wrote its bill.
        #[schema(example = "06/03/2024")]
        utility_issue_date = "dataEmissaoConcessionaria": String,
        /// The day the invoice bears.
        #[schema(example = "14/03/2024")]
        issue_date = "dataEmissaoSunne": String,
        /// Until when the invoice is to be paid.
        #[schema(example = "22/03/2024")]
        due_date = "dataVencimento": String,
        /// Until when the utility wants its money.
        #[schema(example = "22/03/2024")]
        utility_due_date = "dataVencimentoConcessionaria": String,
        /// Credits of the month as the utility counts them, kWh.
        credits_compensated = "creditosCompensados": Number,
        /// Credits that are left, as the utility says, kWh.
        credit_balance = "creditoSolarSaldoTotal": Number,
        /// Consumption of the month, kWh.
        consumption = "consumoTotalMes": Number,
        /// What credits paid for, kWh.
        credits_used = "creditosUtilizados": Number,
        /// What the utility wants, R$.
        utility_charges = "totalEncargos": Number,
        /// Always 0: the connection's minimum is not charged apart.
        #[schema(example = 0)]
        availability_cost = "custoDisponibilidade": u8,
        /// Always null: no plan has fixed instalments.
        fixed_instalment = "fixedInstallmentValue": Option<Number>,
        /// The tariff, R$/kWh.
        tariff = "tarifakWh": Number,
        /// The part of the tariff that a credit saves, R$/kWh.
        compensable_tariff = "tarifakWhCompensavel": Number,
        /// The part that it does not, R$/kWh.
        pis_cofins_tariff = "tarifaPisCofins": Number,
        /// The digits that the utility's bill is paid by.
        dealership_boleto = "dealershipBoleto": Option<String>,
        /// Always null: the utility's bill is not kept as a file.
        utility_pdf = "urlFatura": Option<String>,
        /// What is due, R$, exactly.
        total_due = "totalAPagar": Number,
        /// What the month costs with the plan, R$.
        with_plan = "valorComPlano": Number,
        /// What it would have cost without it, R$.
        without_plan = "valorSemPlano": Number,
        /// What was saved in the month, R$.
        savings = "economiaMes": Number,
        /// What was saved up to and with this month, R$.
        savings_total = "economiaTotal": Number,
        /// The plan's discount, percent.
        savings_percent = "porcentagemEconomiaMesAtual": Number,
        /// What the credits saved at the utility, R$.
        credit_without_discount = "valorCreditoSemDesconto": Number,
        /// That, less the plan's discount, R$.
        credit_with_discount = "valorCreditoComDesconto": Number,
        /// Whether the company pays the utility's bill.
        pay_dealership_bill = "payDealershipBill": bool,
        /// What a payment is known by: the letters and digits of the invoice's number.
        #[schema(example = "INV0001")]
        payment_code = "codigoPagamento": Option<String>,
        /// The boleto that goes with the invoice: the utility's.
        boleto = "codigoBoleto": Option<String>,
        /// Where in its life the invoice is: `draft`, `pending`, `partially_paid`, `paid`, `overdue`, `cancelled`.
        #[schema(example = "paid")]
        status = "status": &'static str,
        /// What the Pix payment is known by; null where nothing is to be paid.
        pix_id = "qrcodeId": Option<String>,
        /// The Pix "copia e cola" for the balance, which is what its QR code says.
        pix_code = "qrcodeValue": Option<String>,
        /// Always null: payments do not go through Pagcerto.
        pagcerto_number = "numberPagcerto": Option<String>,
        /// A link that downloads the invoice's PDF without a key for an hour, as the invoice is then. Only in the report.
        updated_pdf = "urlUpdatedFatura": Option<String>,
        /// The same: the PDF is made when it is asked for.
        pdf = "urlFaturaSunne": Option<String>,
        /// The month, MM-YYYY.
        #[schema(example = "03-2024")]
        generated = "dataGeracao": String,
        /// When the invoice was made, milliseconds since the Unix epoch.
        #[schema(example = 1_710_424_501_733_i64)]
        timestamp = "timestamp": i64,
        /// The e-mails by which it went out.
        emails = "emailHistory": Vec<SentMail>,
        /// The day of the last payment.
        #[schema(example = "02/04/2024")]
        paid_on = "dataPagamento": Option<String>,
        /// What was paid, R$.
        paid = "totalPago": Amount,
    }
}

/// An e-mail by which an invoice went out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::SentMail)]
pub(super) struct SentMail {
    /// Always null: its words are not kept.
    subject: Option<String>,
    /// When.
    #[schema(format = DateTime, example = "2024-03-14T18:07:09.865Z")]
    date: String,
    /// The client's address.
    to: Option<String>,
    /// The company's address.
    from: Option<String>,
    /// What it was about.
    #[schema(example = "fatura_disponivel")]
    flag: &'static str,
    /// Always null: who sends mails is not told.
    scheduled_email_id: Option<String>,
}

impl SentMail {
    /// When, as JSON has it.
    pub(super) fn date(&self) -> &str {
        &self.date
    }
}

impl BillingRow {
    /// An energy invoice, printed; `None` for one that bills no month of a unit.
    pub(super) fn new(id: Uuid, invoice: &Invoice, beside: Beside<'_>) -> Option<Self> {
        let energy = invoice.energy.as_deref()?;
        let InvoiceEnergy { billing, account_number, .. } = energy;
        let (bill, figures, terms) = (&billing.bill, &billing.figures, &billing.terms);
        let in_words = |day: CalendarDate| short_month_and_year(Competence::of(day));
        let boleto = bill.dealership_boleto.as_ref().map(|boleto| boleto.as_str().to_owned());
        let pix = pix::code(invoice, beside.profile);
        let code = pix::txid(invoice).map(|code| code.as_str().to_owned());
        let pdf = beside.pdf.map(str::to_owned);
        Some(Self {
            id,
            installation_type: terms.installation_type.printed(),
            account_owner: account_owner(&beside),
            account_number: account_number.clone(),
            tax_id: tax_id(&beside),
            address: address_of(&beside).map(one_line),
            month: month(bill.competence),
            competence: bill.competence.to_string(),
            competence_in_words: month_and_year(bill.competence),
            current_reading_in_words: in_words(bill.current_reading),
            current_reading: date(bill.current_reading),
            previous_reading_in_words: in_words(bill.previous_reading),
            previous_reading: date(bill.previous_reading),
            next_reading: date(bill.next_reading),
            next_reading_in_words: in_words(bill.next_reading),
            utility_issue_date: date(bill.utility_issue_date),
            issue_date: date(invoice.issue_date),
            due_date: date(invoice.due_date),
            utility_due_date: date(bill.utility_due_date),
            credits_compensated: Number(bill.credits_compensated.get()),
            credit_balance: Number(bill.credit_balance.get()),
            consumption: Number(bill.consumption.get()),
            credits_used: Number(figures.credits_used),
            utility_charges: Number(bill.utility_charges.get()),
            availability_cost: 0,
            fixed_instalment: None,
            tariff: Number(bill.tariff.get()),
            compensable_tariff: Number(bill.compensable_tariff.get()),
            pis_cofins_tariff: Number(figures.pis_cofins_tariff),
            dealership_boleto: boleto.clone(),
            utility_pdf: None,
            total_due: Number(figures.total_due),
            with_plan: Number(figures.with_plan),
            without_plan: Number(figures.without_plan),
            savings: Number(figures.savings),
            savings_total: Number(figures.savings_total),
            savings_percent: Number(figures.savings_percent),
            credit_without_discount: Number(figures.credit_without_discount),
            credit_with_discount: Number(figures.credit_with_discount),
            pay_dealership_bill: terms.pay_dealership_bill,
            payment_code: code.clone(),
            boleto,
            status: status(invoice.status),
            pix_id: code.filter(|_| pix.is_some()),
            pix_code: pix.map(|code| code.as_str().to_owned()),
            pagcerto_number: None,
            updated_pdf: pdf.clone(),
            pdf,
            generated: bill.competence.to_string().replace('/', "-"),
            timestamp: invoice.created_at.as_millisecond(),
            emails: sent_mail(invoice, &beside).into_iter().collect(),
            paid_on: last_payment(invoice, beside.profile).map(date),
            paid: Amount(invoice.paid),
        })
    }

    /// The Pix "copia e cola", where there is something to pay.
    pub(super) fn pix_code(&self) -> Option<&str> {
        self.pix_code.as_deref()
    }
}

/// An invoice's status as this surface writes it.
pub(super) fn status(status: InvoiceStatus) -> &'static str {
    match status {
        InvoiceStatus::Draft => "draft",
        InvoiceStatus::Sent | InvoiceStatus::Viewed => "pending",
        InvoiceStatus::PartiallyPaid => "partially_paid",
        InvoiceStatus::Paid => "paid",
        InvoiceStatus::Overdue => "overdue",
        InvoiceStatus::Cancelled => "cancelled",
    }
}

fn account_owner(beside: &Beside<'_>) -> Option<String> {
    let owner = beside.unit.and_then(|unit| unit.profile.name_account_owner.clone());
    owner.or_else(|| beside.client.map(|client| client.name.clone()))
}

fn tax_id(beside: &Beside<'_>) -> Option<String> {
    let of_unit = beside.unit.and_then(|unit| unit.profile.tax_id.as_ref());
    of_unit.or_else(|| beside.client.and_then(|client| client.tax_id.as_ref())).map(|id| id.masked())
}

fn address_of<'a>(beside: &Beside<'a>) -> Option<&'a Address> {
    let of_unit = beside.unit.and_then(|unit| unit.profile.address.as_ref());
    of_unit.or_else(|| beside.client.and_then(|client| client.address.as_ref()))
}

/// An address as the report has it: `Rua Exemplo, 123 - Centro - São Paulo SP 01234-567`.
fn one_line(address: &Address) -> String {
    if address.text.is_some() {
        return address.one_line();
    }
    let joined = |parts: &[&Option<String>], between: &str| {
        let given: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
        given.join(between)
    };
    let parts = [
        joined(&[&address.street, &address.number, &address.complement], ", "),
        joined(&[&address.district], ""),
        joined(&[&address.city, &address.state, &address.zip], " "),
    ];
    let given: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    given.join(" - ")
}

fn sent_mail(invoice: &Invoice, beside: &Beside<'_>) -> Option<SentMail> {
    let at = invoice.sent_at.filter(|_| invoice.sent_via_email)?;
    let to = beside.client.and_then(|client| client.email.as_ref());
    Some(SentMail {
        subject: None,
        date: http::timestamp(at),
        to: to.map(|email| email.as_str().to_owned()),
        from: beside.profile.email.as_ref().map(|email| email.as_str().to_owned()),
        flag: "fatura_disponivel",
        scheduled_email_id: None,
    })
}

/// The day of the last payment; of an invoice over nothing, the day it was made.
fn last_payment(invoice: &Invoice, profile: &Tenant) -> Option<CalendarDate> {
    let paid = invoice.payments.iter().filter(|payment| Payment::counts(payment)).map(|payment| payment.date);
    paid.max().or_else(|| invoice.paid_at.map(|at| profile.time_zone.today(at)))
}

#[cfg(test)]
mod tests;
