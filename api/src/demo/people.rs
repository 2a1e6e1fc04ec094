//! People and companies that could be: names, CPF and CNPJ with right check digits, telephones. Addresses of mail end in
//! `.example`, where nobody can ever be reached.

use super::chance::Chance;
use super::places::City;
use sunledger_domain::search::fold;

const FIRST: [&str; 40] = [
    "Adriana",
    "Alexandre",
    "Aline",
    "Ana Paula",
    "André",
    "Antônio",
    "Beatriz",
    "Bruno",
    "Camila",
    "Carlos",
    "Cláudia",
    "Daniela",
    "Eduardo",
    "Fábio",
    "Felipe",
    "Fernanda",
    "Gabriela",
    "Gustavo",
    "Helena",
    "Isabela",
    "João",
    "José",
    "Juliana",
    "Larissa",
    "Leonardo",
    "Luciana",
    "Luís",
    "Marcelo",
    "Márcia",
    "Maria",
    "Mariana",
    "Patrícia",
    "Paulo",
    "Rafael",
    "Renata",
    "Ricardo",
    "Rodrigo",
    "Sônia",
    "Tatiana",
    "Vinícius",
];
const LAST: [&str; 32] = [
    "Almeida",
    "Alves",
    "Araújo",
    "Barbosa",
    "Barros",
    "Batista",
    "Borges",
    "Cardoso",
    "Carvalho",
    "Castro",
    "Costa",
    "Dias",
    "Fernandes",
    "Ferreira",
    "Freitas",
    "Gomes",
    "Gonçalves",
    "Lima",
    "Lopes",
    "Machado",
    "Martins",
    "Melo",
    "Moreira",
    "Nascimento",
    "Oliveira",
    "Pereira",
    "Ribeiro",
    "Rocha",
    "Santos",
    "Silva",
    "Souza",
    "Teixeira",
];
const TRADES: [&str; 16] = [
    "Padaria",
    "Mercado",
    "Academia",
    "Farmácia",
    "Restaurante",
    "Oficina",
    "Lavanderia",
    "Clínica",
    "Escola",
    "Hotel",
    "Sorveteria",
    "Pizzaria",
    "Açougue",
    "Laticínios",
    "Gráfica",
    "Pet Shop",
];
const CALLED: [&str; 16] = [
    "Bela Vista",
    "Boa Esperança",
    "Central",
    "Cruzeiro",
    "do Bairro",
    "Estrela",
    "Ipê Amarelo",
    "Jatobá",
    "Nova Era",
    "Pão de Minas",
    "Primavera",
    "Santa Clara",
    "São Jorge",
    "Sol Nascente",
    "Três Irmãos",
    "Vila Rica",
];

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) first: String,
    pub(super) last: String,
    /// With its mask.
    pub(super) cpf: String,
    pub(super) email: String,
    pub(super) phone: String,
}

impl Person {
    /// Somebody of a city; `number` tells namesakes' addresses of mail apart.
    pub(super) fn of(chance: &mut Chance, city: City, number: usize) -> Self {
        let first = chance.pick(&FIRST).to_owned();
        let last = match chance.percent(60) {
            true => format!("{} {}", chance.pick(&LAST), chance.pick(&LAST)),
            false => chance.pick(&LAST).to_owned(),
        };
        let email = format!("{}.{number}@correio.example", mail_name(&format!("{first} {last}")));
        Self { cpf: cpf(&chance.digits(9)), phone: mobile(chance, city), first, last, email }
    }

    /// First and last name.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Company {
    /// What people call it.
    pub(super) name: String,
    /// Its registered name.
    pub(super) registered: String,
    /// With its mask.
    pub(super) cnpj: String,
    pub(super) email: String,
    pub(super) phone: String,
}

impl Company {
    /// A shop of a city; `number` tells namesakes' addresses of mail apart.
    pub(super) fn of(chance: &mut Chance, city: City, number: usize) -> Self {
        let (trade, called) = (chance.pick(&TRADES), chance.pick(&CALLED));
        let name = format!("{trade} {called}");
        let email = format!("contato@{}-{number}.example", mail_name(&name).replace('.', "-"));
        let registered = format!("{name} {} Ltda.", chance.pick(&LAST));
        Self { cnpj: cnpj(&chance.digits(8)), phone: mobile(chance, city), registered, name, email }
    }
}

/// A mobile telephone of a city.
fn mobile(chance: &mut Chance, city: City) -> String {
    format!("+55 ({}) 9{}-{}", city.dial, chance.digits(4), chance.digits(4))
}

/// A name as mail addresses have it: `ana.paula.souza`.
fn mail_name(name: &str) -> String {
    let folded = fold(name);
    folded
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(".")
}

/// The CPF that begins with nine digits, with its check digits and its mask. Of nine times the same digit, which is
/// nobody's, the last is another one.
pub(super) fn cpf(nine: &str) -> String {
    let mut digits = numbers(nine);
    if digits.iter().all(|digit| Some(digit) == digits.first()) {
        digits.pop();
        digits.push(digits.first().map_or(1, |digit| (digit + 1) % 10));
    }
    for heaviest in [10, 11] {
        digits.push(check_digit(digits.iter().copied().zip((2..=heaviest).rev())));
    }
    let text = text(&digits);
    format!("{}.{}.{}-{}", &text[..3], &text[3..6], &text[6..9], &text[9..])
}

/// The CNPJ of a head office (`/0001`) that begins with eight digits, with its check digits and its mask.
pub(super) fn cnpj(eight: &str) -> String {
    let mut digits = numbers(eight);
    digits.extend([0, 0, 0, 1]);
    for _ in 0..2 {
        // Weights 2 to 9, and again, from the right.
        digits.push(check_digit(digits.iter().rev().copied().zip((2..=9).cycle())));
    }
    let text = text(&digits);
    format!("{}.{}.{}/{}-{}", &text[..2], &text[2..5], &text[5..8], &text[8..12], &text[12..])
}

/// The check digit of weighted digits, modulo 11.
fn check_digit(weighted: impl Iterator<Item = (u32, u32)>) -> u32 {
    match weighted.map(|(digit, weight)| digit * weight).sum::<u32>() % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

fn numbers(digits: &str) -> Vec<u32> {
    digits.chars().filter_map(|letter| letter.to_digit(10)).collect()
}

fn text(digits: &[u32]) -> String {
    digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::places::AREAS;
    use super::*;
    use proptest::prelude::*;
    use sunledger_domain::value::{Email, Phone, TaxId};

    #[test]
    fn known_ids_get_their_check_digits() {
        for (nine, expected) in [
            ("529982247", "529.982.247-25"),
            ("111444777", "111.444.777-35"),
            ("123456789", "123.456.789-09"),
        ] {
            assert_eq!(cpf(nine), expected);
        }
        assert_eq!(cnpj("11222333"), "11.222.333/0001-81");
    }

    proptest! {
        #[test]
        fn every_cpf_and_cnpj_is_valid(nine in "[0-9]{9}", eight in "[0-9]{8}") {
            prop_assert!(TaxId::parse_brazilian(&cpf(&nine), true).is_ok(), "{}", cpf(&nine));
            prop_assert!(TaxId::parse_brazilian(&cnpj(&eight), true).is_ok(), "{}", cnpj(&eight));
        }

        #[test]
        fn everybody_can_be_registered(seed in any::<u64>(), number in 0usize..1_000) {
            let mut chance = Chance::of(seed, "people");
            for area in AREAS {
                let city = chance.pick(&area.cities);
                let person = Person::of(&mut chance, city, number);
                let company = Company::of(&mut chance, city, number);
                for (email, phone) in [(&person.email, &person.phone), (&company.email, &company.phone)] {
                    prop_assert!(Email::parse(email).is_ok() && email.ends_with(".example"), "{email}");
                    prop_assert!(Phone::parse(phone).is_ok(), "{phone}");
                }
                prop_assert!(TaxId::parse(&person.cpf, true).is_ok() && TaxId::parse(&company.cnpj, true).is_ok());
                prop_assert!(!person.name().is_empty() && company.registered.starts_with(&company.name));
            }
        }
    }

    #[test]
    fn nine_times_the_same_digit_is_nobody() {
        for digit in 0..10 {
            let cpf = cpf(&digit.to_string().repeat(9));
            assert!(TaxId::parse_brazilian(&cpf, true).is_ok(), "{cpf}");
        }
    }
}
