import { getRouteApi } from '@tanstack/react-router';
import { PeopleList } from './people-list.tsx';
import { PersonView } from './person-view.tsx';

const route = getRouteApi('/administration/people');

export function PeoplePage() {
  const { person } = route.useSearch();
  return person ? <PersonView key={person} id={person} /> : <PeopleList />;
}
