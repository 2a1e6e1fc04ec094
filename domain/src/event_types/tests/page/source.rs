//! What the source says of the events and of the types that they are made of: names, doc comments, types, and what serde is
//! told. An event's form is what its types are, so nothing is written down for the page beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Item, Lit, LitStr, Meta, Token, Type, braced, parenthesized};

/// How a type of the source looks in JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A type by its name, behind the module that names it (`invoice/Line`): two modules may have a type of one name.
    Plain(String),
    /// A list.
    List(Box<Shape>),
    /// An object with any keys.
    Keyed(Box<Shape>),
}

/// A field of an object.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// It may be absent.
    pub(super) optional: bool,
    /// It may be `null`.
    pub(super) nullable: bool,
    /// Its own fields stand in its place.
    flat: bool,
    pub(super) about: String,
}

/// One of the forms of an enum.
#[derive(Debug, Clone)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) holds: Holds,
    pub(super) about: String,
}

/// What a variant holds beside its name.
#[derive(Debug, Clone)]
pub(super) enum Holds {
    Nothing,
    One(Shape),
    Fields(Vec<Field>),
}

/// What a type is in JSON.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// What it wraps.
    Same(Shape),
    /// An object.
    Object(Vec<Field>),
    /// One of these.
    Choice(Vec<Variant>),
}

/// A type of the source.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// The first part of its module's path.
    module: String,
    pub(super) about: String,
    /// `None` where it is written by hand, and the source does not say how.
    pub(super) form: Option<Form>,
}

/// An event in the table of its aggregate.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) payload: Shape,
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// By name; several where modules use one name for several things.
    types: BTreeMap<String, Vec<Definition>>,
    /// By the name of the enum.
    tables: BTreeMap<String, Vec<Event>>,
    /// Kind of the streams, state, enum of events.
    pub(super) aggregates: Vec<(String, String, String)>,
    /// What is said of the kinds of records, by their names.
    pub(super) kinds: BTreeMap<String, String>,
}

impl Source {
    /// Reads every file below a folder but the tests.
    pub(super) fn read(folder: &Path) -> Self {
        let mut source = Self::default();
        source.folder(folder, None);
        source.aggregates.sort();
        source
    }

    fn folder(&mut self, folder: &Path, module: Option<&str>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let module = module.unwrap_or(name);
            if name == "tests" {
                continue;
            } else if path.is_dir() {
                self.folder(&path, Some(module));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
                file.items.into_iter().for_each(|item| self.item(item, module));
            }
        }
    }

    fn item(&mut self, item: Item, module: &str) {
        match item {
            Item::Struct(item) => self.define(item.ident, &item.attrs, module, |serde| match item.fields {
                syn::Fields::Named(fields) => Form::Object(named(fields, serde, module)),
                syn::Fields::Unnamed(fields) => Form::Same(wrapped(&fields, module)),
                syn::Fields::Unit => Form::Object(vec![]),
            }),
            Item::Enum(item) => self.define(item.ident, &item.attrs, module, |serde| {
                Form::Choice(
                    item.variants.into_iter().map(|variant| one_of(variant, serde, module)).collect(),
                )
            }),
            Item::Macro(item) => self.macro_call(&item.mac, module),
            Item::Static(item) => {
                if let Some(name) = kind_name(&item.expr) {
                    self.kinds.insert(name, doc(&item.attrs));
                }
            }
            _ => {}
        }
    }

    fn define(
        &mut self,
        name: Ident,
        attributes: &[Attribute],
        module: &str,
        form: impl FnOnce(&Serde) -> Form,
    ) {
        let serde = Serde::of(attributes);
        let form = match (&serde.into, derives_serialize(attributes)) {
            (Some(other), _) => Some(Form::Same(Shape::Plain(other.clone()))),
            (None, true) => Some(form(&serde)),
            (None, false) => None,
        };
        let about = doc(attributes);
        self.types.entry(name.to_string()).or_default().push(Definition {
            module: module.to_owned(),
            about,
            form,
        });
    }

    fn macro_call(&mut self, call: &syn::Macro, module: &str) {
        let Some(name) = call.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        match name.as_str() {
            "events" => {
                let table: Table = call.parse_body().unwrap();
                self.tables.insert(table.name, table.events);
            }
            "aggregate" => {
                let join: Join = call.parse_body().unwrap();
                self.aggregates.push((join.kind, join.state, join.event));
            }
            "bounded_decimal" => {
                let number: Bounded = call.parse_body().unwrap();
                let form = Some(Form::Same(Shape::Plain("Decimal".to_owned())));
                self.types.entry(number.name).or_default().push(Definition {
                    module: module.to_owned(),
                    about: number.about,
                    form,
                });
            }
            _ => {}
        }
    }

    /// The events of an enum; `None` where they are in no table.
    pub(super) fn events(&self, name: &str) -> Option<&[Event]> {
        self.tables.get(name).map(Vec::as_slice)
    }

    /// What the types of that name are called: by the modules that they are in.
    pub(super) fn whole_name(&self, name: &str) -> String {
        let (_, own) = split(name);
        format!("{}/{own}", self.definition(name).module)
    }

    /// The type of a name: the only one, or else the one that is in the module that names it.
    pub(super) fn definition(&self, name: &str) -> &Definition {
        let (module, own) = split(name);
        let found = self.types.get(own).map_or(&[][..], Vec::as_slice);
        match found {
            [one] => one,
            several => {
                let near = several.iter().find(|definition| definition.module == module);
                near.unwrap_or_else(|| panic!("{} types are called {own}", several.len()))
            }
        }
    }

    /// The fields of an object, with those of what is flattened into it.
    pub(super) fn fields(&self, name: &str) -> Vec<Field> {
        match &self.definition(name).form {
            Some(Form::Object(fields)) => self.unfolded(fields),
            form => panic!("{name} is no object: {form:?}"),
        }
    }

    /// The same fields, with those of what is flattened in its place.
    pub(super) fn unfolded(&self, fields: &[Field]) -> Vec<Field> {
        let unfold = |field: &Field| match &field.shape {
            Shape::Plain(name) if field.flat => self.fields(name),
            _ => vec![field.clone()],
        };
        fields.iter().flat_map(unfold).collect()
    }
}

/// The module that names a type, and the type's own name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("", name))
}

/// The first paragraph of a doc comment. Links into the source lead nowhere on a page.
fn doc(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => text(&pair.value),
        _ => None,
    };
    let lines = attributes.iter().filter_map(line).map(|line| line.trim().to_owned());
    let paragraph: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let mut about = paragraph.join(" ");
    while let Some(from) = about.find(" ([`crate::") {
        let to = about[from..].find(')').unwrap() + from;
        about.replace_range(from..=to, "");
    }
    about.replace("[`", "`").replace("`]", "`").replace('|', "\\|")
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn derives_serialize(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let derived =
            attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).unwrap();
        derived.iter().any(|path| path.segments.last().unwrap().ident == "Serialize")
    })
}

/// What serde is told of a type, a variant or a field.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    rename_all: Option<String>,
    skip_if: Option<String>,
    flatten: bool,
    into: Option<String>,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let read = attribute.parse_nested_meta(|meta| {
                let value = if meta.input.peek(Token![=]) {
                    Some(meta.value()?.parse::<LitStr>()?.value())
                } else {
                    None
                };
                match meta.path.get_ident().map(Ident::to_string).unwrap_or_default().as_str() {
                    "rename" => serde.rename = value,
                    "rename_all" => serde.rename_all = value,
                    "skip_serializing_if" => serde.skip_if = value,
                    "into" => serde.into = value,
                    "flatten" => serde.flatten = true,
                    "default" | "transparent" | "try_from" => {}
                    other => panic!("what does `{other}` do to the JSON?"),
                }
                Ok(())
            });
            read.unwrap();
        }
        serde
    }

    fn name(&self, own: &str, all: Option<&str>) -> String {
        if let Some(name) = &self.rename {
            return name.clone();
        }
        match all {
            None => own.to_owned(),
            Some("UPPERCASE") => own.to_uppercase(),
            Some("snake_case") => {
                let mut name = String::new();
                for letter in own.chars() {
                    if letter.is_uppercase() && !name.is_empty() {
                        name.push('_');
                    }
                    name.extend(letter.to_lowercase());
                }
                name
            }
            Some(other) => panic!("rename_all = {other} is not known here"),
        }
    }
}

fn named(fields: syn::FieldsNamed, all: &Serde, module: &str) -> Vec<Field> {
    let field = |field: syn::Field| {
        let serde = Serde::of(&field.attrs);
        let own = field.ident.unwrap().to_string();
        let (shape, maybe) = shape(&field.ty, module);
        Field {
            name: serde.name(own.trim_start_matches("r#"), all.rename_all.as_deref()),
            shape,
            optional: serde.skip_if.is_some(),
            // A field that is left out where it is empty is not null; a change to empty it is.
            nullable: maybe && serde.skip_if.as_deref() != Some("Option::is_none"),
            flat: serde.flatten,
            about: doc(&field.attrs),
        }
    };
    fields.named.into_iter().map(field).collect()
}

fn one_of(variant: syn::Variant, all: &Serde, module: &str) -> Variant {
    let name = Serde::of(&variant.attrs).name(&variant.ident.to_string(), all.rename_all.as_deref());
    let holds = match variant.fields {
        syn::Fields::Unit => Holds::Nothing,
        syn::Fields::Unnamed(fields) => Holds::One(wrapped(&fields, module)),
        syn::Fields::Named(fields) => Holds::Fields(named(fields, &Serde::default(), module)),
    };
    Variant { name, holds, about: doc(&variant.attrs) }
}

/// What a type without names for its fields wraps.
fn wrapped(fields: &syn::FieldsUnnamed, module: &str) -> Shape {
    match fields.unnamed.iter().collect::<Vec<_>>().as_slice() {
        [one] => shape(&one.ty, module).0,
        _ => Shape::Plain("several values".to_owned()),
    }
}

/// The shape of a type, and whether there may be none. What is of another form than events need has a name that leads
/// nowhere.
fn shape(ty: &Type, module: &str) -> (Shape, bool) {
    let Type::Path(path) = ty else { return (Shape::Plain("a type without a name".to_owned()), false) };
    let last = path.path.segments.last().unwrap();
    let inner: Vec<&Type> = match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => {
            let types = arguments.args.iter().filter_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            types.collect()
        }
        _ => vec![],
    };
    match (last.ident.to_string().as_str(), inner.as_slice()) {
        ("Option" | "Change", [of]) => (shape(of, module).0, true),
        ("Box", [of]) => shape(of, module),
        ("Vec", [of]) => (Shape::List(Box::new(shape(of, module).0)), false),
        ("BTreeMap" | "Map", [_, of]) => (Shape::Keyed(Box::new(shape(of, module).0)), false),
        (name, []) => (Shape::Plain(format!("{module}/{name}")), false),
        (name, _) => (Shape::Plain(format!("{name} of others")), false),
    }
}

/// The name of a kind of records, where this describes one.
fn kind_name(described: &Expr) -> Option<String> {
    let Expr::Struct(described) = described else { return None };
    let name = described.fields.iter().find(|field| {
        matches!(&field.member, syn::Member::Named(name) if name == "name")
            && described.path.is_ident("RecordKind")
    });
    text(&name?.expr)
}

/// `events! { Name { "type" => Variant(Payload), ... } }`.
struct Table {
    name: String,
    events: Vec<Event>,
}

impl Parse for Table {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let name = input.parse::<Ident>()?.to_string();
        let (rows, mut events);
        braced!(rows in input);
        events = vec![];
        while !rows.is_empty() {
            let about = doc(&rows.call(Attribute::parse_outer)?);
            let name = rows.parse::<LitStr>()?.value();
            rows.parse::<Token![=>]>()?;
            rows.parse::<Ident>()?;
            let payload;
            parenthesized!(payload in rows);
            events.push(Event { name, about, payload: shape(&payload.parse()?, "").0 });
            rows.parse::<Token![,]>()?;
        }
        Ok(Self { name, events })
    }
}

/// `aggregate!(State, "kind", Command, Event)`.
struct Join {
    state: String,
    kind: String,
    event: String,
}

impl Parse for Join {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let state = input.parse::<Ident>()?.to_string();
        input.parse::<Token![,]>()?;
        let kind = input.parse::<LitStr>()?.value();
        input.parse::<Token![,]>()?;
        input.parse::<Ident>()?;
        input.parse::<Token![,]>()?;
        Ok(Self { state, kind, event: input.parse::<Ident>()?.to_string() })
    }
}

/// `bounded_decimal! { Name, ... }`.
struct Bounded {
    about: String,
    name: String,
}

impl Parse for Bounded {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let about = doc(&input.call(Attribute::parse_outer)?);
        let name = input.parse::<Ident>()?.to_string();
        input.step(|rest| {
            let mut rest = *rest;
            while let Some((_, next)) = rest.token_tree() {
                rest = next;
            }
            Ok(((), rest))
        })?;
        Ok(Self { about, name })
    }
}
