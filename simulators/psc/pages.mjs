// What a person sees of the provider. Everything is said to be a simulation.
const escaped = (text) => String(text).replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);

const STYLE = `
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: #f3f5f9; color: #161616; }
  main { max-width: 34rem; margin: 0 auto; padding: 2rem 1rem; }
  h1 { font-size: 1.4rem; margin: 0 0 .25rem; color: #000091; }
  .notice { background: #fff3cd; border-left: 4px solid #b34000; padding: .5rem .75rem; }
  ul { list-style: none; padding: 0; }
  button { width: 100%; min-height: 3rem; margin: .25rem 0; padding: .5rem 1rem; text-align: left; font: inherit;
    background: #fff; border: 1px solid #666; border-radius: .4rem; cursor: pointer; color: inherit; }
  button:hover, button:focus-visible { background: #e3e3fd; outline: 2px solid #000091; }
  small { color: #3a3a3a; display: block; }
  .main { background: #000091; color: #fff; text-align: center; }
`;

export const page = (title, body) => `<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Pro Santé Connect — simulateur</title><style>${STYLE}</style></head>
<body><main><h1>Pro Santé Connect — simulateur</h1>
<p class="notice">Aucune e-CPS n’est demandée\u202f: ce programme joue le service national, avec des personnes fictives.</p>
${body}</main></body></html>`;

export const choice = (uid, people) => page("Qui êtes-vous\u202f?", `
<h2>Qui êtes-vous\u202f?</h2>
<form method="post" action="/interaction/${escaped(uid)}"><ul>${people.map((each) => `
  <li><button type="submit" name="personne" value="${escaped(each.national_id)}">${escaped(each.shown_name)}
  <small>${escaped(each.role)} · ${escaped(each.sites.map((site) => site.name).join(" ; "))}${each.is_regulation ? " · régulation médicale" : ""}</small></button></li>`).join("")}
</ul><button type="submit" name="personne" value="">Renoncer</button></form>`);

export const signOut = (form) => page("Déconnexion", `
<h2>Fermer votre session Pro Santé Connect\u202f?</h2>
${form}
<button class="main" type="submit" form="op.logoutForm" name="logout" value="yes">Oui, fermer ma session</button>
<button type="submit" form="op.logoutForm">Non, la garder ouverte</button>`);

export const signedOut = () => page("Déconnexion", "<p>Votre session Pro Santé Connect est fermée.</p>");

export const refused = (reason) => page("Refus", `<p>Demande refusée\u202f: ${escaped(reason)}</p>`);
