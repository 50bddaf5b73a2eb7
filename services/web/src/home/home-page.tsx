import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../session/session.ts';
import { Overview } from './overview.tsx';
import { Welcome } from './welcome.tsx';

export function HomePage() {
  const { data: session } = useQuery(sessionQuery);
  return session?.username ? <Overview username={session.username} /> : <Welcome />;
}
