export const support = {
  title: 'Support',
};
