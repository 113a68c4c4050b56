//! The Go types of every kind: what fields there are, of which type, which are left out when empty, and how strategic
//! merge patch treats them. The facts are `schema/v1.36.txt`, written by `examples/schema_source.rs` from the published
//! types; a type is read from it when first asked for. No defaults, no validation, no descriptions here.

use std::sync::OnceLock;

use super::Kind;

/// What a value of a type looks like in JSON.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string, also of a named type.
    String,
    /// A boolean.
    Bool,
    /// An integer of 32 bits.
    Int32,
    /// An integer of 64 bits.
    Int64,
    /// A floating-point number.
    Float64,
    /// Base64 text.
    Bytes,
    /// `resource.Quantity`
    Quantity,
    /// `intstr.IntOrString`
    IntOrString,
    /// `metav1.Time`
    Time,
    /// `metav1.MicroTime`
    MicroTime,
    /// Any JSON (`runtime.RawExtension`, `metav1.FieldsV1`).
    Raw,
    /// An object with these fields.
    Struct(StructRef),
    /// A list of this element type.
    List(&'static Type),
    /// An object with any keys and values of this type.
    Map(&'static Type),
}

/// A type: its shape, and its name in Go, which decode errors show.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// What its JSON looks like.
    pub shape: Shape,
    /// Whether Go holds a pointer: only then does an empty value differ from an absent one.
    pub pointer: bool,
    name: &'static str,
}

/// When a field is left out of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omit {
    /// Never: it is null, empty or zero instead.
    Never,
    /// When empty in Go's sense; a struct that is no pointer never is.
    Empty,
    /// When zero, also a struct.
    Zero,
}

/// How strategic merge patch treats a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatchRule {
    /// `merge` or `replace`; empty if the field says nothing.
    pub strategy: &'static str,
    /// Whether the strategy has `retainKeys`.
    pub retain_keys: bool,
    /// The field that tells list elements apart; empty if none.
    pub key: &'static str,
}

/// One field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// When it is left out.
    pub omit: Omit,
    /// Whether `OpenAPI` lists it as required.
    pub required: bool,
    /// How strategic merge patch treats it.
    pub patch: PatchRule,
}

/// A Go struct.
#[derive(Debug)]
pub struct Struct {
    id: &'static str,
    fields: Vec<Field>,
    declared: Vec<usize>,
}

/// A struct, read when [`StructRef::get`] asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructRef(usize);

struct Block {
    id: &'static str,
    body: &'static str,
    parsed: OnceLock<Parsed>,
}

enum Parsed {
    Struct(Struct),
    Alias(Type),
}

const TEXT: &str = include_str!("schema/v1.36.txt");

/// The blocks of the text, which is ordered by id.
fn blocks() -> &'static [Block] {
    static BLOCKS: OnceLock<Vec<Block>> = OnceLock::new();
    BLOCKS.get_or_init(|| {
        let mut blocks = Vec::with_capacity(400);
        let mut rest = TEXT;
        while !rest.is_empty() {
            let head = rest.find('\n').map_or(rest.len(), |i| i + 1);
            let mut end = head;
            while rest[end..].starts_with(' ') {
                end += rest[end..].find('\n').map_or(rest.len() - end, |i| i + 1);
            }
            let (block, after) = rest.split_at(end);
            let (head, fields) = block.split_at(head);
            let (id, alias) = head.trim_end().split_once(" = ").unwrap_or((head.trim_end(), ""));
            let body = if alias.is_empty() { fields } else { alias };
            blocks.push(Block { id, body, parsed: OnceLock::new() });
            rest = after;
        }
        blocks
    })
}

fn find(id: &str) -> Option<usize> {
    blocks().binary_search_by(|block| block.id.cmp(id)).ok()
}

impl Block {
    fn is_alias(&self) -> bool {
        !self.body.starts_with(' ') && !self.body.is_empty()
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            if self.is_alias() {
                Parsed::Alias(Type::parse(self.body))
            } else {
                Parsed::Struct(Struct::parse(self.id, self.body))
            }
        })
    }
}

impl Type {
    /// The type of this Go name with its package: `[]core.Container`, `*int64`. Who asks keeps the answer.
    #[must_use]
    pub fn of(name: &'static str) -> Type {
        Type::parse(name)
    }

    fn parse(text: &'static str) -> Type {
        if let Some(rest) = text.strip_prefix('*') {
            return Type { pointer: true, ..Type::parse(rest) };
        }
        let leak = |text| -> &'static Type { Box::leak(Box::new(Type::parse(text))) };
        let shape = match text {
            "string" => Shape::String,
            "bool" => Shape::Bool,
            "int32" => Shape::Int32,
            "int64" => Shape::Int64,
            "float64" => Shape::Float64,
            "[]byte" => Shape::Bytes,
            "resource.Quantity" => Shape::Quantity,
            "intstr.IntOrString" => Shape::IntOrString,
            "meta.Time" => Shape::Time,
            "meta.MicroTime" => Shape::MicroTime,
            "runtime.RawExtension" | "meta.FieldsV1" => Shape::Raw,
            _ => {
                let map = text.strip_prefix("map[").and_then(|rest| rest.split_once(']'));
                if let Some((_, value)) = map {
                    Shape::Map(leak(value))
                } else if let Some(element) = text.strip_prefix("[]") {
                    Shape::List(leak(element))
                } else {
                    named(text)
                }
            }
        };
        Type { shape, pointer: false, name: text }
    }

    /// Its name as Go's errors have it: `[]v1.Container`, `int32`, `v1.Protocol`.
    #[must_use]
    pub fn go_name(&self) -> String {
        let mut name = self.name.replace("]byte", "]uint8");
        for package in
            ["apps", "autoscaling", "core", "discovery", "meta", "networking", "policy", "scheduling", "storage"]
        {
            name = name.replace(&format!("{package}."), "v1.");
        }
        name
    }

    /// The fields it has as an object, if it is a struct.
    #[must_use]
    pub fn as_struct(&self) -> Option<&'static Struct> {
        if let Shape::Struct(reference) = self.shape { Some(reference.get()) } else { None }
    }
}

/// The shape of a named type; the tests see to it that every name in the text is there.
fn named(id: &str) -> Shape {
    let Some(index) = find(id) else { return Shape::Raw };
    let block = &blocks()[index];
    if !block.is_alias() {
        return Shape::Struct(StructRef(index));
    }
    match block.parsed() {
        Parsed::Alias(alias) => alias.shape,
        Parsed::Struct(_) => Shape::Raw,
    }
}

impl Field {
    fn parse(line: &'static str) -> Option<Field> {
        let mut words = line.split_ascii_whitespace();
        let (name, ty) = (words.next()?, Type::parse(words.next()?));
        let mut field = Field { name, ty, omit: Omit::Never, required: false, patch: PatchRule::default() };
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("omitempty", _) if field.omit == Omit::Never => field.omit = Omit::Empty,
                ("omitzero", _) => field.omit = Omit::Zero,
                ("required", _) => field.required = true,
                ("patch", strategies) => {
                    for strategy in strategies.split(',') {
                        if strategy == "retainKeys" {
                            field.patch.retain_keys = true;
                        } else {
                            field.patch.strategy = strategy;
                        }
                    }
                }
                ("key", key) => field.patch.key = key,
                _ => {}
            }
        }
        Some(field)
    }
}

impl Struct {
    fn parse(id: &'static str, body: &'static str) -> Struct {
        let declared: Vec<Field> = body.lines().filter_map(Field::parse).collect();
        let mut order: Vec<usize> = (0..declared.len()).collect();
        order.sort_unstable_by_key(|i| declared[*i].name);
        let mut position = vec![0; declared.len()];
        for (sorted, index) in order.iter().enumerate() {
            position[*index] = sorted;
        }
        let fields = order.into_iter().map(|i| declared[i]).collect();
        Struct { id, fields, declared: position }
    }

    /// The struct of a kind.
    ///
    /// # Panics
    /// Never: every kind is in the table.
    #[must_use]
    pub fn of(kind: Kind) -> &'static Struct {
        let info = kind.info();
        let package = info.group.split('.').next().filter(|p| !p.is_empty()).unwrap_or("core");
        Struct::by_id(&format!("{package}.{}", info.name)).expect("every kind is in the table")
    }

    /// The struct of this package and name (`core.PodSpec`, `meta.ObjectMeta`, `autoscaling.Scale`).
    #[must_use]
    pub fn by_id(id: &str) -> Option<&'static Struct> {
        let index = find(id)?;
        match blocks()[index].parsed() {
            Parsed::Struct(found) => Some(found),
            Parsed::Alias(_) => None,
        }
    }

    /// Package and name: `core.PodSpec`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The bare Go name: `PodSpec`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(_, name)| name)
    }

    /// The fields, ordered by name.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The fields in the order Go declares them.
    pub fn declared(&self) -> impl Iterator<Item = &Field> {
        self.declared.iter().map(|i| &self.fields[*i])
    }

    /// The field of this JSON name, spelt exactly so.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.binary_search_by(|f| f.name.cmp(name)).ok().map(|i| &self.fields[i])
    }
}

impl StructRef {
    /// The struct itself.
    ///
    /// # Panics
    /// Never: a reference is only made to a struct.
    #[must_use]
    pub fn get(self) -> &'static Struct {
        match blocks()[self.0].parsed() {
            Parsed::Struct(found) => found,
            Parsed::Alias(_) => unreachable!("a reference is only made to a struct"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::kind;

    fn visit(ty: &Type, seen: &mut Vec<&'static str>) {
        match ty.shape {
            Shape::List(inner) | Shape::Map(inner) => visit(inner, seen),
            Shape::Struct(reference) if !seen.contains(&reference.get().id) => {
                seen.push(reference.get().id);
                assert!(!reference.get().fields().is_empty(), "{}", reference.get().id);
                reference.get().fields().iter().for_each(|f| visit(&f.ty, seen));
            }
            Shape::Raw => assert!(matches!(ty.name, "runtime.RawExtension" | "meta.FieldsV1"), "{}", ty.name),
            _ => {}
        }
    }

    #[test]
    fn every_kind_and_every_type_it_needs_is_in_the_table() {
        let mut seen = Vec::new();
        for info in kind::ALL {
            let root = Struct::of(info.kind);
            assert_eq!(root.name(), info.name);
            assert!(root.field("metadata").is_some() && root.field("apiVersion").is_some(), "{}", info.name);
            root.fields().iter().for_each(|f| visit(&f.ty, &mut seen));
        }
        assert!(seen.len() > 200, "{}", seen.len());
        assert!(Struct::by_id("autoscaling.Scale").is_some() && Struct::by_id("policy.Eviction").is_some());
    }

    #[test]
    fn the_table_is_ordered_so_that_it_can_be_searched() {
        assert!(blocks().windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn facts_of_a_field() {
        let spec = Struct::of(Kind::StatefulSet).field("spec").unwrap().ty.as_struct().unwrap();
        let replicas = spec.field("replicas").unwrap();
        assert!(replicas.ty.pointer && !replicas.required && replicas.omit == Omit::Empty);
        assert_eq!(replicas.ty.go_name(), "int32");
        assert!(spec.field("template").unwrap().required);
        assert_eq!(spec.declared().next().unwrap().name, "replicas");
        let created = Struct::by_id("meta.ObjectMeta").unwrap().field("creationTimestamp").unwrap();
        assert_eq!(created.omit, Omit::Zero);
    }

    #[test]
    fn patch_rules_of_part_13() {
        let rule = |id: &str, field: &str| Struct::by_id(id).unwrap().field(field).unwrap().patch;
        let merge = |key| PatchRule { strategy: "merge", retain_keys: false, key };
        assert_eq!(rule("core.PodSpec", "containers"), merge("name"));
        assert_eq!(rule("core.Container", "ports"), merge("containerPort"));
        assert_eq!(rule("core.ServiceSpec", "ports"), merge("port"));
        assert_eq!(rule("core.PodSpec", "volumes"), PatchRule { retain_keys: true, ..merge("name") });
        assert_eq!(rule("apps.StatefulSetSpec", "volumeClaimTemplates"), PatchRule::default());
        assert_eq!(rule("apps.DeploymentSpec", "strategy"), PatchRule { retain_keys: true, ..PatchRule::default() });
        assert_eq!(rule("policy.PodDisruptionBudgetSpec", "selector").strategy, "replace");
        assert_eq!(rule("meta.ObjectMeta", "finalizers"), merge(""));
    }

    #[test]
    fn names_of_types_are_those_of_decode_errors() {
        let name = |id: &str, field: &str| Struct::by_id(id).unwrap().field(field).unwrap().ty.go_name();
        assert_eq!(name("core.PodSpec", "containers"), "[]v1.Container");
        assert_eq!(name("core.Secret", "data"), "map[string][]uint8");
        assert_eq!(name("core.ContainerPort", "protocol"), "v1.Protocol");
        assert_eq!(name("core.ResourceRequirements", "limits"), "v1.ResourceList");
        assert_eq!(name("meta.ObjectMeta", "uid"), "types.UID");
        assert_eq!(name("core.Volume", "quobyte"), "v1.QuobyteVolumeSource");
    }
}
