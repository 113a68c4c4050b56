//! `kubectl apply --server-side`: the whole configuration goes to the server, which puts it together with what others
//! manage. The migration of objects that were applied client-side before is the server's part here.

use super::Apply;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::Parsed;
use crate::kubectl::io::Io;
use crate::kubectl::record::record;
use crate::kubectl::resource::{Info, subresource};

/// What to do about fields that others manage.
const ADVICE: &str = "\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// The manager that `--field-manager` names; without it, who applies on the server is not who applies here.
#[must_use]
pub fn field_manager(line: &Parsed) -> String {
    let own_default = line.bool("server-side") && !line.changed("field-manager");
    if own_default { "kubectl".into() } else { line.str("field-manager").to_string() }
}

/// The request that applies a configuration.
pub fn request(line: &Parsed, info: &Info, options: Options) -> Result<Request, CmdError> {
    let options = Options { force: line.bool("force-conflicts"), ..options };
    let request = Request::patch(info.kind()?, &info.namespace, &info.name, PatchType::Apply, info.object.clone());
    let request = match subresource(line)? {
        Some(part) => request.subresource(part),
        None => request,
    };
    Ok(request.with(options))
}

impl Apply<'_> {
    /// Applies one object; `info` then holds it as the server has it.
    pub(super) fn on_the_server(
        &mut self,
        info: &mut Info,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        record(self.line, &mut info.object);
        let generate_name = info.object["metadata"]["generateName"].as_str().unwrap_or_default();
        if info.name.is_empty() && !generate_name.is_empty() {
            return Err(message(format!("from {generate_name}: cannot use generate name with apply")));
        }
        let request = request(self.line, info, self.writing.options())?;
        let response = io.send(api, request).map_err(|status| match status.reason {
            "Conflict" => message(format!("{}\n{ADVICE}", status.message)),
            _ => status.into(),
        })?;
        info.refresh(response.object);
        self.warn_if_deleting(info, io);
        self.visit(info);
        self.done(info, "serverside-applied", io)
    }
}

#[cfg(test)]
mod tests {
    use crate::apiserver::Status;
    use crate::kubectl::testing::{Bench, Fake};

    const WEB: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  a: b\n";

    #[test]
    fn the_whole_configuration_is_sent() {
        let mut bench = Bench::new(Fake::with(&[WEB])).file("web.yaml", WEB);
        bench.check("apply --server-side -f web.yaml", (0, "configmap/web serverside-applied\n", ""));
        let sent = bench.api.requests.last().unwrap();
        assert_eq!((sent.options.field_manager.as_deref(), sent.options.force), (Some("kubectl"), false));
        assert_eq!(sent.body["data"]["a"], "b");
        let line = "apply --server-side -f web.yaml --force-conflicts --field-manager=me --dry-run=server";
        bench.check(line, (0, "configmap/web serverside-applied (server dry run)\n", ""));
        let sent = bench.api.requests.last().unwrap();
        assert_eq!((sent.options.field_manager.as_deref(), sent.options.force), (Some("me"), true));
    }

    #[test]
    fn conflicts_come_with_advice() {
        let mut bench = Bench::new(Fake::with(&[WEB])).file("web.yaml", WEB);
        let conflict = Status::new(409, "Conflict", "Apply failed with 1 conflict: conflict with \"x\": .data.a");
        bench.api.refusals.insert(("patch".into(), "web".into()), conflict);
        let text = "error: Apply failed with 1 conflict: conflict with \"x\": .data.a\n";
        bench.check("apply --server-side -f web.yaml", (1, "", &format!("{text}{}\n", super::ADVICE)));
    }
}
