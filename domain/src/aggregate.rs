//! What is the same in every aggregate: the form of its events, and its joint with `cqrs_es`.

/// Makes an aggregate's event enum out of its table of stable names. In JSON an event is
/// `{"invoice.created": {...}}`; every payload has the time of the event in its field `at`.
macro_rules! events {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$about:meta])* $event_type:literal => $variant:ident($payload:ty),)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(
                $(#[$about])*
                #[serde(rename = $event_type)]
                $variant($payload),
            )+
        }

        impl $name {
            /// The stable names of all these events.
            pub const TYPES: &'static [&'static str] = &[$($event_type),+];

            /// The event's stable name.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $event_type,)+
                }
            }

            /// When it happened.
            pub fn at(&self) -> jiff::Timestamp {
                match self {
                    $(Self::$variant(event) => event.at,)+
                }
            }
        }

        impl cqrs_es::DomainEvent for $name {
            fn event_type(&self) -> String {
                self.name().to_owned()
            }

            fn event_version(&self) -> String {
                $crate::aggregate::EVENT_VERSION.to_owned()
            }
        }
    };
}

/// Joins an aggregate's pure `decide` and `evolve` to `cqrs_es`.
macro_rules! aggregate {
    ($state:ty, $kind:literal, $command:ty, $event:ty) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $kind;
            type Command = $command;
            type Event = $event;
            type Error = $crate::DomainError;
            type Services = ();

            async fn handle(
                &mut self,
                command: Self::Command,
                _services: &(),
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in self.decide(command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.evolve(event);
            }
        }
    };
}

pub(crate) use {aggregate, events};

/// The version of every payload's form so far; upcasters turn older ones into it.
pub(crate) const EVENT_VERSION: &str = "1.0";
