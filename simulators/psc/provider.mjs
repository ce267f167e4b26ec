// node provider.mjs FOLDER PORT: an OpenID provider that gives the claims of Pro Santé Connect to the people of
// FOLDER/reglages.json, says where it is in FOLDER/psc.json, and stops on SIGTERM.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import Provider from "oidc-provider";

import { CLAIMS, claimsOf, subjectOf } from "./claims.mjs";
import * as pages from "./pages.mjs";

const [folder, port] = process.argv.slice(2);
const settings = JSON.parse(readFileSync(join(folder, "reglages.json"), "utf8"));
const people = new Map(settings.people.map((person) => [subjectOf(person), person]));

const signingKey = () => ({
  ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
  kid: randomBytes(8).toString("hex"), use: "sig", alg: "RS256",
});

const configuration = {
  clients: [{
    client_id: settings.client_id,
    client_secret: settings.client_secret,
    redirect_uris: settings.redirect_uris,
    post_logout_redirect_uris: settings.post_logout_redirect_uris,
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
    ...(settings.backchannel_logout_uri && {
      backchannel_logout_uri: settings.backchannel_logout_uri, backchannel_logout_session_required: true,
    }),
  }],
  acrValues: ["eidas1"],
  scopes: ["openid", "scope_all"],
  claims: { openid: ["sub"], scope_all: CLAIMS },
  conformIdTokenClaims: true,
  cookies: { keys: [randomBytes(24).toString("hex")] },
  jwks: { keys: [signingKey()] },
  pkce: { required: () => true },
  ttl: { AccessToken: 120, AuthorizationCode: 60, IdToken: 300, Interaction: 600, Grant: 14400, Session: 14400 },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => people.has(id) && { accountId: id, claims: () => claimsOf(people.get(id)) },
  // Maillon is known to the service: nobody is asked whether it may know who they are.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid scope_all");
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => { ctx.body = pages.signOut(form); },
      postLogoutSuccessSource: (ctx) => { ctx.body = pages.signedOut(); },
    },
  },
  // The one client is on the loopback, which the library's guard against calls to the inside would refuse.
  fetch: (address, { dispatcher, ...options }) => fetch(address, options),
  renderError: (ctx, out) => { ctx.type = "html"; ctx.body = pages.refused(out.error_description || out.error); },
};

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  server.on("request", (request, response) => {
    const interaction = /^\/interaction\/([\w-]+)$/.exec(request.url);
    if (!interaction) return answer(request, response);
    ask(provider, request, response).catch((error) => send(response, 400, pages.refused(error.message)));
  });
  announce({ pid: process.pid, issuer });
});

async function ask(provider, request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method === "GET") return send(response, 200, pages.choice(uid, settings.people));
  const chosen = new URLSearchParams(await body(request)).get("personne");
  const person = settings.people.find((each) => each.national_id === chosen);
  const result = person
    ? { login: { accountId: subjectOf(person), acr: "eidas1", amr: ["pop", "user"], remember: true } }
    : { error: "access_denied", error_description: "la personne a renoncé" };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function body(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

function send(response, status, html) {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(html);
}

function announce(said) {
  const draft = join(folder, `.psc.${process.pid}`);
  writeFileSync(draft, JSON.stringify(said));
  renameSync(draft, join(folder, "psc.json"));
}

for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => process.exit(0));
