import type { VerifiedToken } from '@latchkey/jwt-verify';
import { type Person, personOf } from '@latchkey/service-kit/http/person';

/** Who asks: a person sees their own tickets, an agent all. */
export interface Viewer extends Person {
  agent: boolean;
}

/** @throws Problem `person_required` for a token that speaks for a service rather than a person */
export function viewerOf(auth: VerifiedToken): Viewer {
  return { ...personOf(auth), agent: auth.hasRole('agent') };
}

/** As whom a viewer acts on a ticket: on their own, an agent is an ordinary person. */
export function actorOn(ticket: { owner: number }, viewer: Viewer): Viewer {
  return { ...viewer, agent: viewer.agent && ticket.owner !== viewer.id };
}
