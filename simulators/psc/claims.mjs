// The claims of Pro Santé Connect, in the shapes of the real one, for one professional of the territory.
const PROFESSIONS = "1.2.250.1.213.1.1.5.5";
const SECTORS = "1.2.250.1.71.4.2.4";
const LEVELS = "1.2.250.1.213.1.5.1.1.1";
const REALM = "550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd";

export const CLAIMS = [
  "SubjectNameID", "preferred_username", "given_name", "family_name", "SubjectRole", "Secteur_Activite",
  "SubjectOrganization", "SubjectOrganizationID", "Palier_Authentification", "UITVersion", "PSI_Locale",
  "Mode_Acces_Raison", "Acces_Regulation_Medicale", "otherIds", "SubjectRefPro",
];

export const subjectOf = (person) => `f:${REALM}:${person.national_id}`;

export function claimsOf(person) {
  const [first] = person.sites;
  return {
    sub: subjectOf(person),
    SubjectNameID: person.national_id,
    preferred_username: person.national_id,
    given_name: person.given_name,
    family_name: person.family_name,
    SubjectRole: [`${person.profession}^${PROFESSIONS}`],
    Secteur_Activite: `${first?.sector ?? "SA07"}^${SECTORS}`,
    SubjectOrganization: first?.name ?? "",
    SubjectOrganizationID: first ? `1${first.finess}` : "",
    Palier_Authentification: `APPPRIP3^${LEVELS}`,
    UITVersion: "1.0",
    PSI_Locale: "1.2.250.1.213.1.3.1.1",
    Mode_Acces_Raison: "",
    Acces_Regulation_Medicale: person.is_regulation ? "true" : "false",
    otherIds: [{ identifiant: person.national_id, origine: "RPPS", qualite: 1 }],
    SubjectRefPro: { codeCivilite: person.civility, exercices: [exercise(person)] },
  };
}

const exercise = (person) => ({
  codeProfession: person.profession,
  codeCategorieProfessionnelle: "C",
  codeTypeSavoirFaire: "",
  codeSavoirFaire: "",
  nomDexercice: person.family_name,
  prenomDexercice: person.given_name,
  activities: person.sites.map((site) => ({
    codeModeExercice: "L",
    codeSecteurDactivite: site.sector,
    codeGenreActivite: "GENR01",
    numeroFinessSite: site.finess,
    numeroSiretSite: "",
    identifiantTechniqueDeLaStructure: `F${site.finess}`,
    raisonSocialeSite: site.name,
    autoriteDenregistrement: "ARS/ARS/ARS",
  })),
});
