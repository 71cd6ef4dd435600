"""The router's refusals, which are in English for who reads its logs, as an advisor reads them."""

import re
from collections.abc import Mapping

from cti_router.web.problems import Problem

_FIXED: Mapping[str, str] = {
    "a consultation is under way: connect it, or cancel it first": "Une consultation est en cours : mettez en relation "
    "ou annulez d’abord.",
    "no consultation is under way": "Aucune consultation n’est en cours.",
    "a desk phone is answered by its handset: the router has no right to have its PBX answer for it": "Décrochez votre "
    "poste : la page ne peut pas répondre à sa place.",
    "a contributor who was called can only be hung up on": "Vous l’avez appelé : vous pouvez seulement raccrocher.",
    "an advisor took his call meanwhile": "Un collègue a pris son appel entre-temps.",
    "his number is hidden, or none that can be called": "Son numéro est masqué, ou on ne peut pas l’appeler.",
    "nobody is called back: add a “callback” section to the configuration": "Le service ne rappelle personne : "
    "prévenez votre administrateur.",
    "no PBX has a line to the public network: tell “public_calls” of a site": "Aucun standard n’a de ligne vers "
    "l’extérieur : prévenez votre administrateur.",
    "the database has not told yet who is to be called back: nothing can be noted": "Le routeur démarre : réessayez "
    "dans un instant.",
    "he is being called now": "On l’appelle en ce moment même.",
    "it is closed: nobody is on duty to take the caller": "Le service est fermé : personne ne peut reprendre l’appel.",
    "no line to the public network is free now, or it cannot be reached: try again in a moment": "Aucune ligne n’est "
    "libre vers l’extérieur : réessayez dans un instant.",
    "nobody is called from here: add a “callback” section to the configuration": "Le service n’appelle pas.",
    "no offers are made yet: the PBXs have not told what is there": "Le routeur démarre : réessayez dans un instant.",
    "the call is being moved: try again in a moment": "L’appel est en cours de transfert : réessayez dans un instant.",
    "the caller hears music already": "L’appelant est déjà en attente.",
    "the caller is not on hold": "L’appelant n’est pas en attente.",
    "the database is away: nothing is noted": "La base de données ne répond pas : le rappel n’est pas noté.",
    "the database took too long: nothing is noted": "La base de données tarde à répondre : le rappel n’est pas noté.",
    "the expert has not answered yet": "L’expert n’a pas encore répondu.",
    "the PBX did not carry it out: the talk goes on": "Le standard ne l’a pas fait : la conversation continue.",
}
_SHAPED: tuple[tuple[str, str], ...] = (
    (r"call .+ does not wait, and nobody talks with its caller: it is .+", "Cet appel est terminé."),
    (r"call .+ is over", "Cet appel est terminé."),
    (r"\+\d+ has \d+ digits(?:: it is no subscriber's| instead of \d+)", "Ce numéro n’est pas complet."),
    (r"\+\d+ begins with .+", "Le service ne rappelle pas ce numéro : il n’est pas parmi ceux qui sont permis."),
    (r"\+\d+ is to be called back already", "Ce numéro est déjà à rappeler."),
    (r"\+\d+ was noted in the last 24 hours as often as .+", "Ce numéro a déjà été noté assez souvent aujourd’hui."),
    (r"\d+ callbacks are open, as many as .+", "Trop de rappels sont déjà à faire : il ne s’en ajoute pas d’autre."),
    (r"\d[-\d]*(?: [:\d]+)? is over", "Ce moment est déjà passé : choisissez-en un autre."),
    (
        r"nobody is called back that far ahead: (\d{4})-(\d\d)-(\d\d) (\d\d:\d\d) .+",
        "C’est trop loin : le {2}/{1}/{0} à {3} au plus tard.",
    ),
    (
        r"nobody is called back at [-\d]+ [:\d]+: the next time is (\d{4})-(\d\d)-(\d\d) (\d\d:\d\d)",
        "Le service ne rappelle pas à cette heure-là : au plus tôt le {2}/{1}/{0} à {3}.",
    ),
    (r"nobody is called back that far ahead: .+", "C’est trop loin : choisissez un moment plus proche."),
    (r"nobody is called back at .+: .+", "Le service ne rappelle pas à cette heure-là."),
    (r"call .+ does not wait: it is .+", "Cet appel n’attend plus."),
    (r".+ cannot call: he is logged out", "Vous n’êtes pas connecté : choisissez d’abord votre état."),
    (r".+ cannot call: his phone is .+", "Votre poste n’est pas libre."),
    (r".+ cannot call: he is .+", "Vous avez déjà un appel."),
    (r"level .+ is none of 1 to 5", "Le niveau va de 1 à 5."),
    (r"no call .+ is in progress", "Cet appel est terminé."),
    (r"no callback .+ is open", "Ce rappel n’est plus à faire."),
    (r"no line leads from .+ to .+ now", "Aucune ligne n’est libre vers ce site : réessayez dans un instant."),
    (r"nobody else has (.+) at level (.+) or above", "Personne d’autre n’a la compétence « {0} » au niveau {1}."),
    (r"the PBX of (.+) is out of reach: .+", "Le standard de {0} est injoignable : réessayez dans un instant."),
    (r"the caller of .+ has asked for it himself just now", "L’appelant vient de demander lui-même à être rappelé."),
    (r"\+.+ is none of the service's numbers", "Ce numéro n’est pas un numéro du service."),
    (r"unknown profile '([^']*)'", "Le profil « {0} » n’existe pas."),
    (r"unknown phone code .+", "Ce code n’existe pas."),
    (r"no advisor has phone (.+) at .+", "Le poste {0} n’est à personne."),
    (r"unknown advisor .+", "Le routeur ne vous connaît pas comme téléconseiller : prévenez votre administrateur."),
    (r"unknown skill '([^']*)'; .+", "La compétence « {0} » n’existe pas."),
    (
        r"a wrap-up is put off by some seconds, and not by .+",
        "Dites de combien de secondes la prolonger.",
    ),
    (r"a wrap-up lasts at most (.+) min: .+", "Une fin d’appel dure au plus {0} min : vous n’avez plus de temps."),
    (r"only an absence has a length: .+", "Seule une absence a une durée."),
    (r"an absence lasts at most (.+) h, and not .+", "Une absence dure au plus {0} h."),
    (r"unknown reason '([^']*)': .+", "Le motif d’absence « {0} » n’existe pas : choisissez-en un de la liste."),
    (r".+ logs out: leave the phone out", "Pour vous déconnecter, ne choisissez pas de poste."),
    (r"no phone '([^']*)' at .+", "Le poste {0} n’est pas de votre site."),
    (r".+ has a call on phone (.+): .+", "Vous avez un appel sur le poste {0} : changez de poste après."),
    (r"phone (.+) is (.+)'s today: .+", "Le poste {0} est celui de {1} aujourd’hui : choisissez-en un autre."),
    (r".+ is not in wrap-up, but .+", "Vous n’êtes plus en fin d’appel."),
    (r".+ is not talking with a caller", "Vous n’avez pas d’appel en cours."),
    (r".+ is only being consulted: .+", "Vous êtes seulement consulté : l’appelant est à votre collègue."),
    (r".+ is kept (.+) by the order .+", "Votre état est imposé par le superviseur jusqu’à la fin de son ordre."),
    (r"'.*' is no telephone number", "Ce numéro n’est pas un numéro de téléphone."),
)


def in_french(why: str) -> str:
    """A sentence for the advisor; what is not known here is told as it is, between brackets."""
    if (fixed := _FIXED.get(why)) is not None:
        return fixed
    for shape, sentence in _SHAPED:
        if (found := re.fullmatch(shape, why)) is not None:
            return sentence.format(*found.groups())
    return f"Le routeur refuse ({why})."


def told(problem: Problem) -> Problem:
    """A refusal of the router as it is answered."""
    return Problem(problem.status, in_french(problem.why)) if problem.status < 500 else problem
